/** From the numbers of a page's logs to the logs, with their current scores and, where asked for, their bodies. */
import type { InferSelectModel } from 'drizzle-orm';
import type { Score } from '../../model/score.ts';
import { openBlock, type SlotParts } from '../blocks.ts';
import { logOf } from '../log-rows.ts';
import type { ListedLog } from '../questions.ts';
import { scoreValue } from '../score-columns.ts';
import { getTableColumns } from './drizzle.ts';
import type { Session } from './connection.ts';
import { logs } from './schema.ts';

type LogColumns = InferSelectModel<typeof logs>;

interface ScoreRow {
  log: number;
  name: string;
  kind: string;
  number: number | null;
  category: string | null;
  reason: string | null;
  source: Score['source'];
  evaluator: string;
  version: string;
  durationMs: number | null;
  atMs: number;
}

const COLUMNS = Object.entries(getTableColumns(logs)).map(([key, { name }]) => `${name} as "${key}"`);
const LOGS = `select ${COLUMNS.join(', ')} from logs where seq = any($1::bigint[])`;
const BLOCKS = 'select id, bytes from blocks where id = any($1::bigint[])';
const SCORES = `select s.log, m.name, m.kind, s.number, s.category, s.reason, o.source, o.evaluator, o.version,
    s.duration_ms as "durationMs", s.at_ms as "atMs"
  from scores s join measures m on m.id = s.measure join origins o on o.id = s.origin
  where s.log = any($1::bigint[]) and s.superseded = 0 order by s.log, m.name collate "C", s.at_ms`;
/** Blocks that one statement asks for: each may have a megabyte or more. */
const BLOCKS_A_STATEMENT = 32;

/** The logs in the order of their numbers in the list. */
export async function listedLogs(
  session: Session,
  seqs: readonly number[],
  projectId: string,
  withBodies: boolean,
): Promise<ListedLog[]> {
  if (seqs.length === 0) return [];
  const rows = await session.rows<LogColumns>(LOGS, [seqs]);
  const scores = await scoresOf(session, seqs);
  const partsOf = withBodies ? await slotsOf(session, rows) : () => undefined;
  const found = new Map(
    rows.map((row) => [
      row.seq,
      { ...logOf(row, projectId, partsOf(row)), seq: row.seq, scores: scores.get(row.seq) ?? [] },
    ]),
  );
  return seqs.map((seq) => found.get(seq)!);
}

type Slot = Pick<LogColumns, 'block' | 'slot'>;

/** The stored parts of logs; each block is unpacked once, whoever of the logs is in it. */
export async function slotsOf(session: Session, rows: readonly Slot[]): Promise<(row: Slot) => SlotParts | undefined> {
  const ids = [...new Set(rows.flatMap(({ block }) => (block === null ? [] : [block])))];
  const open = new Map<number, (slot: number) => SlotParts>();
  for (let from = 0; from < ids.length; from += BLOCKS_A_STATEMENT) {
    const some = ids.slice(from, from + BLOCKS_A_STATEMENT);
    const blocks = await session.rows<{ id: number; bytes: Buffer }>(BLOCKS, [some]);
    for (const { id, bytes } of blocks) open.set(id, openBlock(bytes));
  }
  return ({ block, slot }) => (block === null || slot === null ? undefined : open.get(block)?.(slot));
}

async function scoresOf(session: Session, seqs: readonly number[]): Promise<Map<number, Score[]>> {
  const rows = await session.rows<ScoreRow & Record<string, unknown>>(SCORES, [seqs]);
  const byLog = new Map<number, Score[]>();
  for (const row of rows) {
    const list = byLog.get(row.log) ?? [];
    byLog.set(row.log, list);
    list.push({
      name: row.name,
      value: scoreValue(row),
      reason: row.reason,
      source: row.source,
      evaluator: row.evaluator || null,
      evaluatorVersion: row.version || null,
      durationMs: row.durationMs,
      atMs: row.atMs,
    });
  }
  return byLog;
}
