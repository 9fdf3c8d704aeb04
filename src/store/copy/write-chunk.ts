/**
 * Logs of a source as rows of the target: numbers translated, blocks given to the month of their logs (a block that spans two months
 * is split), and noted as changes, so that whatever is derived from logs and scores comes about by itself.
 */
import { openBlock, packBlock } from '../blocks.ts';
import type { Session } from '../postgres/connection.ts';
import { type Interned, type Pair, pairKey } from '../postgres/interned.ts';
import { LOG_COLUMNS, storableJson } from '../postgres/log-columns.ts';
import { MONTH_STEP, monthOf } from '../postgres/partitions.ts';
import { WriteChanges } from '../postgres/write-changes.ts';
import { insertRows } from './insert-rows.ts';
import type { Chunk, Row } from './source.ts';

/** Numbers in the source -> numbers in the target. */
export type CopiedNumbers = Record<'projects' | 'webhooks' | 'measures' | 'origins', ReadonlyMap<number, number>>;

interface Block {
  month: number;
  project: number;
  bytes: Buffer;
  /** Whose bodies are in it, with their slots. */
  logs: { log: Row; slot: number }[];
}

interface Prepared {
  chunk: Chunk;
  blocks: Block[];
  /** Number of a log in the source -> numbers of its properties. */
  pairs: Map<number, number[]>;
  /** Number of an evaluation's outcomes, and of who gave them. */
  outcomes: Map<Row, { measure: number; origin: number }>;
}

const SCORES = {
  log: 'bigint',
  measure: 'int',
  origin: 'int',
  number: 'float8',
  category: 'text',
  reason: 'text',
  duration_ms: 'float8',
  at_ms: 'bigint',
  superseded: 'int',
};
const EVALUATIONS = {
  log: 'bigint',
  evaluator: 'text',
  evaluator_version: 'text',
  outcome: 'text',
  code: 'text',
  reason: 'text',
  printed: 'text',
  duration_ms: 'float8',
  attempt: 'int',
  at_ms: 'bigint',
  given_by: 'text',
  superseded: 'int',
};
const JOBS = {
  project: 'int',
  log: 'bigint',
  evaluator: 'text',
  version: 'text',
  state: 'text',
  attempt: 'int',
  token: 'int',
  due_at_ms: 'bigint',
  reason: 'text',
  priority: 'int',
  lane_ms: 'bigint',
  paid_by: 'text',
  reserved_usd: 'float8',
  deferred_by: 'text',
};
const DELIVERIES = {
  webhook: 'int',
  log: 'bigint',
  state: 'text',
  attempt: 'int',
  token: 'int',
  due_at_ms: 'bigint',
  created_at_ms: 'bigint',
  last_at_ms: 'bigint',
  status: 'int',
  error: 'text',
  answer: 'text',
  duration_ms: 'float8',
};

/** What is interned is seen to before the transaction. */
export async function prepareChunk(chunk: Chunk, numbers: CopiedNumbers, interned: Interned): Promise<Prepared> {
  const outcomes: Prepared['outcomes'] = new Map();
  const projectOf = new Map(chunk.logs.map((log) => [log.seq, numbers.projects.get(Number(log.project))!]));
  for (const log of chunk.logs) log.project = projectOf.get(log.seq)!;
  for (const row of chunk.evaluations) {
    const project = projectOf.get(row.log)!;
    outcomes.set(row, {
      measure: await interned.measure(project, 'outcomes', String(row.evaluator), 'category'),
      origin: await interned.origin(project, 'evaluator', String(row.evaluator), String(row.evaluator_version)),
    });
  }
  for (const row of chunk.scores) {
    row.measure = numbers.measures.get(Number(row.measure))!;
    row.origin = numbers.origins.get(Number(row.origin))!;
  }
  for (const row of chunk.jobs) row.project = numbers.projects.get(Number(row.project))!;
  for (const row of chunk.deliveries) row.webhook = numbers.webhooks.get(Number(row.webhook))!;
  return { chunk, blocks: blocksOf(chunk), pairs: await pairsOf(chunk, interned), outcomes };
}

/** In a transaction. */
export async function writeChunk(
  session: Session,
  { chunk, blocks, pairs, outcomes }: Prepared,
  nowMs: number,
): Promise<void> {
  const seqs = await place(session, chunk.logs);
  const moved = (rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row, log: seqs.get(Number(row.log))! }));
  const places = await placeBlocks(session, blocks);
  const changes = new WriteChanges();
  const logs = chunk.logs.map((log) => {
    const seq = seqs.get(Number(log.seq))!;
    changes.log(Number(log.project), seq, nowMs);
    return { ...log, seq, ...(places.get(log) ?? { block: null, slot: null }), properties: storedProperties(log) };
  });
  await insertRows(session, 'logs', logs, Object.fromEntries(LOG_COLUMNS));
  const having = chunk.logs.flatMap((log) =>
    (pairs.get(Number(log.seq)) ?? []).map((property) => ({
      property,
      started_at_ms: log.started_at_ms!,
      log: seqs.get(Number(log.seq))!,
    })),
  );
  await insertRows(session, 'log_properties', having, { property: 'int', started_at_ms: 'bigint', log: 'bigint' });
  await insertRows(session, 'scores', moved(chunk.scores), SCORES);
  await insertRows(session, 'evaluations', moved(chunk.evaluations), EVALUATIONS);
  await insertRows(session, 'jobs', moved(chunk.jobs), JOBS);
  await insertRows(session, 'deliveries', moved(chunk.deliveries), DELIVERIES);
  const projectOf = new Map(chunk.logs.map((log) => [log.seq, Number(log.project)]));
  const of = (row: Row): { project: number; log: number } => ({
    project: projectOf.get(row.log)!,
    log: seqs.get(Number(row.log))!,
  });
  for (const row of chunk.scores)
    if (row.superseded === 0)
      changes.score(
        { ...of(row), measure: Number(row.measure), origin: Number(row.origin) },
        undefined,
        { number: row.number as number | null, category: row.category as string | null },
        nowMs,
      );
  for (const row of chunk.evaluations)
    if (row.superseded === 0)
      changes.evaluation({ ...of(row), ...outcomes.get(row)! }, undefined, String(row.outcome), nowMs);
  await changes.write(session);
}

/** A number for each log, in their order: the month of its start above, the order of commit below. */
async function place(session: Session, logs: readonly Row[]): Promise<Map<number, number>> {
  const rows = await session.rows<{ id: string; seq: number }>(
    `insert into log_ids (id, seq)
     select id, month * ${MONTH_STEP} + nextval('numbers')
     from unnest($1::uuid[], $2::bigint[]) with ordinality as given (id, month, place) order by place
     returning id, seq`,
    [logs.map(({ id }) => id), logs.map((log) => monthOf(Number(log.started_at_ms)))],
  );
  const byId = new Map(rows.map(({ id, seq }) => [id, seq]));
  return new Map(logs.map(({ id, seq }) => [Number(seq), byId.get(String(id))!]));
}

async function placeBlocks(
  session: Session,
  blocks: readonly Block[],
): Promise<Map<Row, { block: number; slot: number }>> {
  if (blocks.length === 0) return new Map();
  const rows = await session.rows<{ id: number }>(
    `insert into blocks (id, project, bytes)
     select month * ${MONTH_STEP} + nextval('numbers'), project, bytes
     from unnest($1::bigint[], $2::int[], $3::bytea[]) with ordinality as given (month, project, bytes, place) order by place
     returning id`,
    [blocks.map(({ month }) => month), blocks.map(({ project }) => project), blocks.map(({ bytes }) => bytes)],
  );
  return new Map(
    blocks.flatMap(({ logs }, index) => logs.map(({ log, slot }) => [log, { block: rows[index]!.id, slot }] as const)),
  );
}

function blocksOf({ logs, blocks }: Chunk): Block[] {
  const having = Map.groupBy(
    logs.filter(({ block }) => block !== null),
    ({ block }) => Number(block),
  );
  return [...having].flatMap(([id, members]) => {
    const bytes = blocks.get(id)!;
    const project = Number(members[0]!.project);
    const months = Map.groupBy(members, (log) => monthOf(Number(log.started_at_ms)));
    if (months.size === 1) {
      const [month] = months.keys();
      return [{ month: month!, project, bytes, logs: members.map((log) => ({ log, slot: Number(log.slot) })) }];
    }
    const slot = openBlock(bytes);
    return [...months].map(([month, own]) => ({
      month,
      project,
      bytes: packBlock(own.map((log) => slot(Number(log.slot)))),
      logs: own.map((log, index) => ({ log, slot: index })),
    }));
  });
}

async function pairsOf({ logs }: Chunk, interned: Interned): Promise<Map<number, number[]>> {
  const named = logs.map((log): [number, Pair[]] => [
    Number(log.seq),
    [...propertiesOf(log)].map(([name, value]) => ({ project: Number(log.project), name, value })),
  ]);
  const ids = await interned.pairs(named.flatMap(([, pairs]) => pairs));
  return new Map(named.map(([seq, pairs]) => [seq, [...new Set(pairs.map((pair) => ids.get(pairKey(pair))!))]]));
}

function propertiesOf({ properties }: Row): Map<string, string> {
  return new Map(Object.entries(JSON.parse(String(properties ?? '{}')) as Record<string, string>));
}

function storedProperties(log: Row): string | null {
  return log.properties === null ? null : storableJson(propertiesOf(log));
}
