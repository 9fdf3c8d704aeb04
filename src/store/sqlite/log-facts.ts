/** The rows that folding must know, one by one: see ../rollups/log-facts.ts. */
import { FACT_COLUMNS, type FactRow, type FactRows, type OriginRow } from '../rollups/log-facts.ts';
import type { Connection } from './connection.ts';

export function factRows(connection: Connection): FactRows {
  const log = connection.prepare(`select ${FACT_COLUMNS} from logs l where seq = ?`);
  const origin = connection.prepare('select project, source, evaluator, version from origins where id = ?');
  return {
    log: (seq) => log.get(seq) as FactRow | undefined,
    origin: (id) => origin.get(id) as OriginRow | undefined,
  };
}
