/** Numbers of many logs: whole hours from rollups where these hold the answer, all else from the logs themselves, as on SQLite. */
import type { ScoreKind } from '../../model/score.ts';
import type { Aggregate, AggregateQuestion } from '../aggregates.ts';
import { type AskedMeasure, askedMeasures } from '../rollups/asked-measures.ts';
import { askedRange, finiteRange, planHours, type TimeRange } from '../rollups/hours.ts';
import { isOfDamage } from '../rollups/row-blob.ts';
import { type Scan, ScannedLogs, type ScannedRow, type ScannedValue } from '../rollups/scanned-logs.ts';
import { newTally, rowsOfTally, type Tally, type TallyRow } from '../rollups/tally.ts';
import type { Slice } from '../questions.ts';
import type { Found } from './find-logs.ts';
import type { QuestionSession } from './question-session.ts';
import { addRollups, usableRoute } from './read-rollups.ts';

const SCORES = `select s.log, s.measure, s.number, s.category, o.source, o.evaluator, o.version
  from scores s join origins o on o.id = s.origin
  where s.log = any($1::bigint[]) and s.measure = any($2::int[]) and s.superseded = 0`;
const OUTCOMES = `select e.log, e.evaluator as measure, e.outcome as value, 'evaluator' as source, e.evaluator,
    e.evaluator_version as version
  from evaluations e where e.log = any($1::bigint[]) and e.superseded = 0`;
const EXTENT = `select (select min(started_at_ms) from logs where project = $1) as "firstMs",
  (select max(started_at_ms) from logs where project = $1) as "lastMs"`;

/** `matching` finds the logs of a slice, a chunk at a time; `finish` reads the rows that were found. */
export async function aggregateLogs<Rows>(
  session: QuestionSession,
  project: number,
  question: AggregateQuestion,
  matching: (slice: Slice) => AsyncIterable<Found[]>,
  finish: (rows: TallyRow[]) => Rows,
): Promise<Answer<Rows>> {
  const { edgesMs, groupBy } = question;
  const measures = await measuresOf(session, project, question.measures);
  const route = await usableRoute(session, question, project);
  const [extent] = await session.rows<{ firstMs: number | null; lastMs: number | null }>(EXTENT, [project]);
  const asked = askedRange(question, { firstMs: extent!.firstMs ?? Infinity, lastMs: extent!.lastMs ?? -Infinity });
  if (asked === null || measures.length === 0)
    return { rows: finish([]), plan: { rollups: route !== undefined, scannedLogs: 0 } };
  const from = async (rollups: boolean, fill: (tally: Tally) => Promise<TimeRange[]>): Promise<Answer<Rows>> => {
    const tally = newTally(measures);
    let scannedLogs = 0;
    for (const { fromMs, toMs } of await fill(tally)) {
      const logs = matching({ ...question, fromMs, toMs });
      scannedLogs += await scanNumbers(session, { measures, groupBy, edgesMs }, logs, tally);
    }
    return { rows: finish(rowsOfTally(tally, question.groupLimit)), plan: { rollups, scannedLogs } };
  };
  try {
    if (route !== undefined)
      return await from(true, async (tally) => {
        const { hours, pieces } = planHours(edgesMs, asked);
        await addRollups(session, tally, { project, measures, edgesMs }, { route, asked, hours });
        return pieces;
      });
  } catch (error) {
    // What cannot be taken out, or cannot be read at all: a rollup is not of the rows that it should be of.
    if (!isOfDamage(error)) throw error;
  }
  return from(false, async () => [finiteRange(asked)]);
}

interface Answer<Rows> {
  rows: Rows;
  plan: Aggregate['plan'];
}

async function measuresOf(
  session: QuestionSession,
  project: number,
  asked: AggregateQuestion['measures'],
): Promise<AskedMeasure[]> {
  const rows = await session.rows<{ id: number; what: string; name: string; kind: ScoreKind }>(
    'select id, what, name, kind from measures where project = $1 order by name collate "C", kind collate "C"',
    [project],
  );
  return askedMeasures(asked, (what, name) =>
    rows.filter((row) => row.what === what && (name === null || row.name === name)),
  );
}

/** Adds logs to the tally; how many there were. */
async function scanNumbers(
  session: QuestionSession,
  scan: Scan,
  logs: AsyncIterable<Found[]>,
  tally: Tally,
): Promise<number> {
  const scanned = new ScannedLogs(scan, tally);
  const rows = `select ${scanned.columns} from logs l where l.seq = any($1::bigint[])`;
  const measures = scan.measures.flatMap(({ id }) => (id === undefined ? [] : [id]));
  let count = 0;
  for await (const chunk of logs) {
    count += chunk.length;
    const seqs = scanned.begin(chunk);
    if (seqs.length === 0) continue;
    if (scanned.reads.rows)
      for (const row of await session.rows<ScannedRow & Record<string, unknown>>(rows, [seqs])) scanned.addRow(row);
    if (scanned.reads.scores) {
      const scores = await session.rows<
        Omit<ScannedValue, 'value'> & { number: number | null; category: string | null } & Record<string, unknown>
      >(SCORES, [seqs, measures]);
      for (const { number, category, ...score } of scores) scanned.addScore({ ...score, value: number ?? category! });
    }
    if (scanned.reads.outcomes)
      for (const row of await session.rows<ScannedValue & Record<string, unknown>>(OUTCOMES, [seqs]))
        scanned.addOutcome(row);
    session.checkTime();
  }
  return count;
}
