/** Datasets, read on a reader's connection and written on the writer's. */
import type { Datapoint, Dataset, DatasetVersion } from '../../model/datapoint.ts';
import type { BegunChange, DatapointPage, DatasetCommit, PlacedDatapoint } from '../datasets.ts';
import type { Connection } from './connection.ts';
import type { Projects } from './projects.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const OF_PROJECT = 'project = (select seq from projects where id = @project)';
const SEQ = `select seq from datasets where name = @name and ${OF_PROJECT}`;
const DATAPOINTS = `select id, position, content, source from datapoints
  where dataset = (${SEQ}) and since <= @version and (until is null or until > @version)`;
const VERSION = `select version, datapoints, added, edited, removed, note, created_at_ms as createdAtMs from dataset_versions`;

type Named = { project: Buffer; name: string };
type DatasetRow = Omit<Dataset, 'id' | 'projectId'> & { id: Buffer };
interface DatapointRow {
  id: Buffer;
  position: number;
  content: string;
  source: string;
}

const named = (projectId: string, name: string): Named => ({ project: bytesOfUuid(projectId), name });

export function datasetReads(connection: Connection) {
  const datasets = `select d.id, d.name, d.description, d.newest, coalesce(v.datapoints, 0) as datapoints,
      d.created_at_ms as createdAtMs, coalesce(v.created_at_ms, d.created_at_ms) as changedAtMs
    from datasets d left join dataset_versions v on v.dataset = d.seq and v.version = d.newest
    where d.${OF_PROJECT}`;
  const list = connection.prepare(`${datasets} order by d.name`);
  const find = connection.prepare(`${datasets} and d.name = @name`);
  const versions = connection.prepare(`${VERSION} where dataset = (${SEQ}) order by version desc`);
  const page = connection.prepare(`${DATAPOINTS} and position > @after order by position limit @limit`);
  const byId = connection.prepare(`${DATAPOINTS} and id in (select unhex(value) from json_each(@ids))`);
  const datasetOf = (projectId: string, row: DatasetRow): Dataset => ({ ...row, id: uuidOfBytes(row.id), projectId });
  return {
    listDatasets: (projectId: string): Dataset[] =>
      (list.all({ project: bytesOfUuid(projectId) }) as DatasetRow[]).map((row) => datasetOf(projectId, row)),

    findDataset(projectId: string, name: string): Dataset | undefined {
      const row = find.get(named(projectId, name)) as DatasetRow | undefined;
      return row && datasetOf(projectId, row);
    },

    datasetVersions: (projectId: string, name: string): DatasetVersion[] =>
      versions.all(named(projectId, name)) as DatasetVersion[],

    listDatapoints: (
      projectId: string,
      name: string,
      version: number,
      { after, limit }: DatapointPage,
    ): PlacedDatapoint[] =>
      (page.all({ ...named(projectId, name), version, after: after ?? -1, limit }) as DatapointRow[]).map(datapointOf),

    datapointsById(projectId: string, name: string, version: number, ids: readonly string[]): PlacedDatapoint[] {
      const hex = JSON.stringify(ids.map((id) => id.replaceAll('-', '')));
      return (byId.all({ ...named(projectId, name), version, ids: hex }) as DatapointRow[]).map(datapointOf);
    },
  };
}

export function datasetWrites(connection: Connection, projects: Projects) {
  const count = connection.prepare('select count(*) from datasets where project = ?').pluck();
  const insert = connection.prepare(
    `insert into datasets (id, project, name, description, newest, begun, created_at_ms) values (?, ?, ?, ?, 0, 0, ?)
     on conflict do nothing`,
  );
  const seq = connection.prepare(SEQ).pluck();
  const removeDataset = connection.prepare('delete from datasets where seq = ?');
  const removeVersions = connection.prepare('delete from dataset_versions where dataset = ?');
  const sweepOrphans = connection.prepare(
    `delete from datapoints where seq in (
       select seq from datapoints where dataset not in (select seq from datasets) limit ?)`,
  );
  const begin = connection.prepare(
    `update datasets set begun = begun + 1 where seq = ? returning newest as base, begun as version,
       (select coalesce(max(position) + 1, 0) from datapoints where dataset = datasets.seq) as position`,
  );
  const add = connection.prepare(
    `insert into datapoints (dataset, id, position, since, content, source) values (?, ?, ?, ?, ?, ?)`,
  );
  const isNewest = connection.prepare('select 1 from datasets where seq = ? and newest = ?').pluck();
  const sweep = connection.prepare('delete from datapoints where dataset = ? and since > ? and since <> ?');
  const takeBack = connection.prepare('delete from datapoints where dataset = ? and since = ?');
  const open = `dataset = @dataset and until is null and since < @version`;
  const replace = connection.prepare(
    `update datapoints set until = @version where ${open}
       and id in (select id from datapoints where dataset = @dataset and since = @version)`,
  );
  const removeAll = connection.prepare(`update datapoints set until = @version where ${open}`);
  const removeSome = connection.prepare(
    `update datapoints set until = @version where ${open} and id in (select unhex(value) from json_each(@ids))`,
  );
  const own = connection.prepare('select count(*) from datapoints where dataset = ? and since = ?').pluck();
  const all = connection.prepare('select count(*) from datapoints where dataset = ? and until is null').pluck();
  const note = connection.prepare(
    `insert into dataset_versions (dataset, version, datapoints, added, edited, removed, note, created_at_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const settle = connection.prepare('update datasets set newest = ? where seq = ?');
  const seqOf = (projectId: string, name: string): number | undefined =>
    seq.get(named(projectId, name)) as number | undefined;

  return {
    createDataset(
      dataset: Pick<Dataset, 'id' | 'projectId' | 'name' | 'description' | 'createdAtMs'>,
      most: number,
    ): boolean {
      const project = projects.seqOf(dataset.projectId, dataset.createdAtMs);
      if ((count.get(project) as number) >= most) return false;
      const { id, name, description, createdAtMs } = dataset;
      return insert.run(bytesOfUuid(id), project, name, description, createdAtMs).changes > 0;
    },

    removeDataset(projectId: string, name: string): boolean {
      const dataset = seqOf(projectId, name);
      if (dataset === undefined) return false;
      removeVersions.run(dataset);
      removeDataset.run(dataset);
      return true;
    },

    /** Removes up to `limit` datapoints of datasets that are no more; answers how many. */
    sweepDatapoints: (limit: number): number => sweepOrphans.run(limit).changes,

    beginDatasetChange(projectId: string, name: string): BegunChange | undefined {
      const dataset = seqOf(projectId, name);
      return dataset === undefined ? undefined : (begin.get(dataset) as BegunChange);
    },

    addDatapoints(
      projectId: string,
      name: string,
      version: number,
      rows: readonly PlacedDatapoint[],
    ): number | undefined {
      const dataset = seqOf(projectId, name);
      if (dataset === undefined) return undefined;
      for (const { id, position, source, ...content } of rows)
        add.run(dataset, bytesOfUuid(id), position, version, JSON.stringify(content), JSON.stringify(source));
      return rows.length;
    },

    commitDatasetChange(
      projectId: string,
      name: string,
      { base, version, remove, note: said }: DatasetCommit,
      nowMs: number,
    ): DatasetVersion | 'changed' {
      const dataset = seqOf(projectId, name);
      if (dataset === undefined) return 'changed';
      if (isNewest.get(dataset, base) === undefined) {
        takeBack.run(dataset, version);
        return 'changed';
      }
      sweep.run(dataset, base, version);
      const edited = replace.run({ dataset, version }).changes;
      const removed =
        remove === 'all'
          ? removeAll.run({ dataset, version }).changes
          : removeSome.run({
              dataset,
              version,
              ids: JSON.stringify(remove.map((id) => id.replaceAll('-', ''))),
            }).changes;
      const added = (own.get(dataset, version) as number) - edited;
      const datapoints = all.get(dataset) as number;
      note.run(dataset, version, datapoints, added, edited, removed, said, nowMs);
      settle.run(version, dataset);
      return { version, datapoints, added, edited, removed, note: said, createdAtMs: nowMs };
    },
  };
}

function datapointOf({ id, position, content, source }: DatapointRow): PlacedDatapoint {
  return {
    id: uuidOfBytes(id),
    position,
    ...(JSON.parse(content) as Omit<Datapoint, 'id' | 'source'>),
    source: JSON.parse(source) as Datapoint['source'],
  };
}
