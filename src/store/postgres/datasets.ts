/** Datasets. SQLite's datasets.ts has the same operations and says why they are as they are. */
import type { Pool } from 'pg';
import type { Datapoint, Dataset, DatasetVersion } from '../../model/datapoint.ts';
import type { BegunChange, DatapointPage, DatasetCommit, PlacedDatapoint } from '../datasets.ts';
import { type Session, sessionOf } from './connection.ts';
import type { Interned } from './interned.ts';
import { inTransaction } from './transaction.ts';

const OF_PROJECT = 'project = (select seq from projects where id = $1)';
const SEQ = `select seq from datasets where ${OF_PROJECT} and name = $2`;
const DATASETS = `select d.id, d.name, d.description, d.newest, coalesce(v.datapoints, 0) as datapoints,
    d.created_at_ms as "createdAtMs", coalesce(v.created_at_ms, d.created_at_ms) as "changedAtMs"
  from datasets d left join dataset_versions v on v.dataset = d.seq and v.version = d.newest
  where d.${OF_PROJECT}`;
const DATAPOINTS = `select id, position, content, source from datapoints
  where dataset = (${SEQ}) and since <= $3 and (until is null or until > $3)`;
/** Statements take at most 65,535 parameters; unnest takes whole columns. */
const ADD = `insert into datapoints (dataset, id, position, since, content, source)
  select $1, id, position, $2, content, source
  from unnest($3::uuid[], $4::int[], $5::text[], $6::text[]) as given (id, position, content, source)`;

interface DatapointRow {
  id: string;
  position: number;
  content: string;
  source: string;
}

export function datasetReads(session: Session) {
  const datasets = async (projectId: string, rest: string, values: unknown[]): Promise<Dataset[]> => {
    const rows = await session.rows<Omit<Dataset, 'projectId'>>(`${DATASETS} ${rest}`, [projectId, ...values]);
    return rows.map((row) => ({ ...row, projectId }));
  };
  const datapoints = async (rest: string, values: unknown[]): Promise<PlacedDatapoint[]> =>
    (await session.rows<DatapointRow & Record<string, unknown>>(`${DATAPOINTS} ${rest}`, values)).map(datapointOf);
  return {
    // In the order of bytes, as on SQLite.
    listDatasets: (projectId: string): Promise<Dataset[]> => datasets(projectId, 'order by d.name collate "C"', []),

    findDataset: async (projectId: string, name: string): Promise<Dataset | undefined> =>
      (await datasets(projectId, 'and d.name = $2', [name]))[0],

    datasetVersions: (projectId: string, name: string): Promise<DatasetVersion[]> =>
      session.rows<DatasetVersion & Record<string, unknown>>(
        `select version, datapoints, added, edited, removed, note, created_at_ms as "createdAtMs" from dataset_versions
         where dataset = (${SEQ}) order by version desc`,
        [projectId, name],
      ),

    listDatapoints: (projectId: string, name: string, version: number, { after, limit }: DatapointPage) =>
      datapoints('and position > $4 order by position limit $5', [projectId, name, version, after ?? -1, limit]),

    datapointsById: (projectId: string, name: string, version: number, ids: readonly string[]) =>
      datapoints('and id = any($4::uuid[])', [projectId, name, version, ids]),
  };
}

export function datasetWrites(pool: Pool, interned: Interned) {
  const find = async (session: Session, projectId: string, name: string, lock = ''): Promise<number | undefined> =>
    (await session.rows<{ seq: number }>(`${SEQ} ${lock}`, [projectId, name]))[0]?.seq;

  return {
    async createDataset(
      {
        id,
        projectId,
        name,
        description,
        createdAtMs,
      }: Pick<Dataset, 'id' | 'projectId' | 'name' | 'description' | 'createdAtMs'>,
      most: number,
    ): Promise<boolean> {
      const project = await interned.project(projectId, createdAtMs);
      return inTransaction(pool, async (own) => {
        // Held so that two that are created at once do not both find room for themselves.
        await own.rows('select from projects where seq = $1 for update', [project]);
        const rows = await own.rows(
          `insert into datasets (id, project, name, description, newest, begun, created_at_ms)
           select $1, $2, $3, $4, 0, 0, $5 where (select count(*) from datasets where project = $2) < $6
           on conflict do nothing returning seq`,
          [id, project, name, description, createdAtMs, most],
        );
        return rows.length > 0;
      });
    },

    removeDataset: (projectId: string, name: string): Promise<boolean> =>
      inTransaction(pool, async (own) => {
        const dataset = await find(own, projectId, name, 'for update');
        if (dataset === undefined) return false;
        await own.rows('delete from dataset_versions where dataset = $1', [dataset]);
        await own.rows('delete from datasets where seq = $1', [dataset]);
        return true;
      }),

    async sweepDatapoints(limit: number): Promise<number> {
      const rows = await sessionOf(pool).rows(
        `delete from datapoints where seq in (
           select seq from datapoints p where not exists (select 1 from datasets d where d.seq = p.dataset) limit $1)
         returning 1`,
        [limit],
      );
      return rows.length;
    },

    async beginDatasetChange(projectId: string, name: string): Promise<BegunChange | undefined> {
      const [begun] = await sessionOf(pool).rows<BegunChange & Record<string, unknown>>(
        `update datasets set begun = begun + 1 where seq = (${SEQ}) returning newest as base, begun as version,
           (select coalesce(max(position) + 1, 0) from datapoints where dataset = datasets.seq) as position`,
        [projectId, name],
      );
      return begun;
    },

    async addDatapoints(
      projectId: string,
      name: string,
      version: number,
      rows: readonly PlacedDatapoint[],
    ): Promise<number | undefined> {
      const session = sessionOf(pool);
      const dataset = await find(session, projectId, name);
      if (dataset === undefined) return undefined;
      const columns: [ids: string[], positions: number[], contents: string[], sources: string[]] = [[], [], [], []];
      for (const { id, position, source, ...content } of rows) {
        columns[0].push(id);
        columns[1].push(position);
        columns[2].push(JSON.stringify(content));
        columns[3].push(JSON.stringify(source));
      }
      await session.rows(ADD, [dataset, version, ...columns]);
      return rows.length;
    },

    commitDatasetChange: (
      projectId: string,
      name: string,
      { base, version, remove, note }: DatasetCommit,
      nowMs: number,
    ): Promise<DatasetVersion | 'changed'> =>
      inTransaction(pool, async (own) => {
        const dataset = await find(own, projectId, name, 'for update');
        if (dataset === undefined) return 'changed';
        const [row] = await own.rows<{ newest: number }>('select newest from datasets where seq = $1', [dataset]);
        if (row!.newest !== base) {
          await own.rows('delete from datapoints where dataset = $1 and since = $2', [dataset, version]);
          return 'changed';
        }
        await own.rows('delete from datapoints where dataset = $1 and since > $2 and since <> $3', [
          dataset,
          base,
          version,
        ]);
        const close = async (which: string, values: unknown[]): Promise<number> => {
          const [closed] = await own.rows<{ count: number }>(
            `with closed as (update datapoints set until = $2
               where dataset = $1 and until is null and since < $2 and ${which} returning 1)
             select count(*) as count from closed`,
            [dataset, version, ...values],
          );
          return closed!.count;
        };
        const edited = await close('id in (select id from datapoints where dataset = $1 and since = $2)', []);
        const removed = remove === 'all' ? await close('true', []) : await close('id = any($3::uuid[])', [remove]);
        const [counted] = await own.rows<{ own: number; datapoints: number }>(
          `select count(*) filter (where since = $2) as own, count(*) as datapoints
           from datapoints where dataset = $1 and until is null`,
          [dataset, version],
        );
        const datapoints = counted!.datapoints;
        const added = counted!.own - edited;
        await own.rows(
          `insert into dataset_versions (dataset, version, datapoints, added, edited, removed, note, created_at_ms)
           values ($1, $2, $3, $4, $5, $6, $7, $8)`,
          [dataset, version, datapoints, added, edited, removed, note, nowMs],
        );
        await own.rows('update datasets set newest = $2 where seq = $1', [dataset, version]);
        return { version, datapoints, added, edited, removed, note, createdAtMs: nowMs };
      }),
  };
}

function datapointOf({ id, position, content, source }: DatapointRow): PlacedDatapoint {
  return {
    id,
    position,
    ...(JSON.parse(content) as Omit<Datapoint, 'id' | 'source'>),
    source: JSON.parse(source) as Datapoint['source'],
  };
}
