/** Runs with their outputs and results, from a source to a target. May be done again: what is there stays. */
import type { Session } from '../postgres/connection.ts';
import { insertRows } from './insert-rows.ts';
import { seqsOf } from './seqs.ts';
import type { CopySource, Row } from './source.ts';

/** Positions whose rows go with one statement. */
const POSITIONS = 100;

const COLUMNS = {
  run_outputs: {
    run: 'int',
    position: 'int',
    repetition: 'int',
    datapoint: 'uuid',
    log: 'uuid',
    failure: 'text',
    request_hash: 'bytea',
    cost_usd: 'float8',
    duration_ms: 'float8',
    at_ms: 'bigint',
  },
  run_results: {
    run: 'int',
    position: 'int',
    repetition: 'int',
    evaluator: 'text',
    name: 'text',
    version: 'text',
    outcome: 'text',
    kind: 'text',
    number: 'float8',
    category: 'text',
    reason: 'text',
    code: 'text',
    duration_ms: 'float8',
    cost_usd: 'float8',
    at_ms: 'bigint',
  },
} as const;

export async function copyRuns(source: CopySource, session: Session): Promise<void> {
  const runs = source.table('runs');
  if (runs.length === 0) return;
  const owners = await seqsOf(session, 'projects', source.table('projects'));
  // Nobody works on them here: whoever held them is stopped.
  const owned = runs.map((row) => ({
    ...row,
    project: owners.get(Number(row.project))!,
    holder: null,
    held_until_ms: null,
  }));
  await insertRows(session, 'runs', owned, {
    id: 'uuid',
    project: 'int',
    spec: 'text',
    state: 'text',
    reason: 'text',
    outputs: 'int',
    posted: 'int',
    holder: 'text',
    held_until_ms: 'bigint',
    created_at_ms: 'bigint',
    started_at_ms: 'bigint',
    ended_at_ms: 'bigint',
  });
  const numbers = await seqsOf(session, 'runs', runs);
  for (const { seq } of runs)
    for (const table of ['run_outputs', 'run_results'] as const)
      for (let after = -1; ;) {
        const rows = source.ofRun(table, Number(seq), after, POSITIONS);
        if (rows.length === 0) break;
        after = Number(rows.at(-1)!.position);
        const here = rows.map((row): Row => ({ ...row, run: numbers.get(Number(row.run))! }));
        await insertRows(session, table, here, COLUMNS[table]);
      }
}
