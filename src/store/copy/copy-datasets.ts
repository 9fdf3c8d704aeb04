/** Datasets with all their versions, from a source to a target. May be done again: what is there stays. */
import type { Session } from '../postgres/connection.ts';
import { insertRows } from './insert-rows.ts';
import { seqsOf } from './seqs.ts';
import type { CopySource, Row } from './source.ts';

/** Datapoints of one statement. */
const CHUNK = 500;

export async function copyDatasets(source: CopySource, session: Session): Promise<void> {
  const datasets = source.table('datasets');
  if (datasets.length === 0) return;
  const owners = await seqsOf(session, 'projects', source.table('projects'));
  const owned = datasets.map((row) => ({ ...row, project: owners.get(Number(row.project))! }));
  await insertRows(session, 'datasets', owned, {
    id: 'uuid',
    project: 'int',
    name: 'text',
    description: 'text',
    newest: 'int',
    begun: 'int',
    created_at_ms: 'bigint',
  });
  const numbers = await seqsOf(session, 'datasets', datasets);
  // Rows of a dataset that was just removed are left behind.
  const here = (rows: Row[]): Row[] =>
    rows.flatMap((row) => {
      const dataset = numbers.get(Number(row.dataset));
      return dataset === undefined ? [] : [{ ...row, dataset }];
    });
  await insertRows(session, 'dataset_versions', here(source.table('dataset_versions')), {
    dataset: 'int',
    version: 'int',
    datapoints: 'int',
    added: 'int',
    edited: 'int',
    removed: 'int',
    note: 'text',
    created_at_ms: 'bigint',
  });
  for (let last = 0; ;) {
    const rows = source.datapoints(last, CHUNK);
    if (rows.length === 0) return;
    last = Number(rows.at(-1)!.seq);
    await insertRows(session, 'datapoints', here(rows), {
      dataset: 'int',
      id: 'uuid',
      position: 'int',
      since: 'int',
      until: 'int',
      content: 'text',
      source: 'text',
    });
  }
}
