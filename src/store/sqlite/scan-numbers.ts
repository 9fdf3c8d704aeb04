/** Reading logs one by one, in chunks, each with its own scores; the question's clock counts them. See ../rollups/scanned-logs.ts. */
import { type Scan, ScannedLogs, type ScannedRow, type ScannedValue } from '../rollups/scanned-logs.ts';
import type { Tally } from '../rollups/tally.ts';
import type { Connection } from './connection.ts';
import type { Found } from './find-logs.ts';

const LOGS_A_CHUNK = 1000;
/** Scores of a log that are looked up one by one; of more, all that the log has are read. */
const MOST_SOUGHT = 3;

/** Adds logs to the tally; how many there were. */
export function scanNumbers(connection: Connection, scan: Scan, logs: Iterable<Found>, tally: Tally): number {
  let count = 0;
  let chunk: Found[] = [];
  const read = chunkReader(connection, new ScannedLogs(scan, tally));
  for (const log of logs) {
    chunk.push(log);
    if (chunk.length < LOGS_A_CHUNK) continue;
    count += chunk.length;
    read(chunk);
    chunk = [];
  }
  if (chunk.length > 0) read(chunk);
  return count + chunk.length;
}

function chunkReader(connection: Connection, scanned: ScannedLogs): (chunk: readonly Found[]) => void {
  const { reads, columns } = scanned;
  const rows = connection.prepare(`select ${columns} from json_each(?) j cross join logs l on l.seq = j.value`);
  const list = JSON.stringify(scanned.scores);
  const scores = connection.prepare(
    `select s.log, s.measure, coalesce(s.number, s.category) as value${scanned.byScorer ? ', o.source, o.evaluator, o.version' : ''}
     from json_each(@ids) j ${scanned.scores.length > MOST_SOUGHT ? '' : 'cross join json_each(@list) m'}
     cross join scores s on s.log = j.value
       and s.measure ${scanned.scores.length > MOST_SOUGHT ? 'in (select value from json_each(@list))' : '= m.value'}
     ${scanned.byScorer ? 'join origins o on o.id = s.origin' : ''}
     where s.superseded = 0`,
  );
  const outcomes = connection.prepare(
    `select e.log, e.evaluator as measure, e.outcome as value, 'evaluator' as source, e.evaluator, e.evaluator_version as version
     from json_each(?) j cross join evaluations e on e.log = j.value where e.superseded = 0`,
  );
  return (chunk) => {
    const ids = JSON.stringify(scanned.begin(chunk));
    if (reads.rows) for (const row of rows.iterate(ids) as Iterable<ScannedRow>) scanned.addRow(row);
    if (reads.scores) for (const row of scores.iterate({ ids, list }) as Iterable<ScannedValue>) scanned.addScore(row);
    if (reads.outcomes) for (const row of outcomes.iterate(ids) as Iterable<ScannedValue>) scanned.addOutcome(row);
  };
}
