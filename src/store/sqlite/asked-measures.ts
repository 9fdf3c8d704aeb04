/** The rows of `measures` that a question may mean: see ../rollups/asked-measures.ts. */
import type { MeasureRow, StoredMeasures } from '../rollups/asked-measures.ts';
import type { Connection } from './connection.ts';

export function storedMeasures(connection: Connection, project: number): StoredMeasures {
  const rows = connection.prepare(
    `select id, name, kind from measures where project = ? and what = ? and (? is null or name = ?) order by name, kind`,
  );
  return (what, name) => rows.all(project, what, name, name) as MeasureRow[];
}
