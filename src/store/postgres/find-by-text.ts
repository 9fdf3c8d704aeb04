/**
 * Logs whose texts a filter looks into. No statement sees texts: they lie in compressed blocks, and what is a text only JavaScript
 * knows. So a statement finds the logs that may satisfy the filter, whatever its texts hold; of those that the word index does not
 * rule out the texts are read, a chunk at a time; and the filter is asked again of the chunk, with what was found.
 */
import type { TextLeaf } from '../../model/filter.ts';
import { containsText } from '../../model/filter-match.ts';
import { all, Sql, sql } from '../queries/sql.ts';
import { type ReadTexts, TEXT_COLUMNS, textOf, type TextRow, textsOf } from '../text/read-texts.ts';
import {
  behindCursor,
  type Direction,
  fetchPage,
  type Found,
  planOf,
  type Search,
  tailOf,
  theseLogs,
} from './find-logs.ts';
import { slotsOf } from './listed-logs.ts';
import { postgresDialect } from './query-dialect.ts';
import { textCandidates } from './text-index.ts';

/** Logs whose texts are read at a time: first as many as a page has, then more. */
const LEAST_READ = 64;
const MOST_READ = 512;
/** Candidates of the word index that are fetched and sorted; of more, logs are walked. */
const FEW = 20_000;
const LEAST_FEW = 500;
const LEAST_FETCHED = 256;
const MOST_FETCHED = 8192;

const ROWS = `select ${TEXT_COLUMNS} from logs where seq = any($1::bigint[])`;

type PartLeaf = TextLeaf & { contains: string };

/** Every log of the slice, a chunk at a time, in the order of their start. `stopsAt`: nobody asks for more than about so many. */
export async function* findByText(
  search: Omit<Search, 'dialect'>,
  readTexts: ReadTexts,
  order: { direction: Direction; after: Found | null; stopsAt?: number },
): AsyncIterable<Found[]> {
  const leaves = new Map<string, PartLeaf>();
  const open = postgresDialect((leaf) => {
    leaves.set(keyOf(leaf), leaf);
    return new Sql('(null::boolean)');
  });
  const { direction } = order;
  const candidates = await textCandidates(search.session, search.slice.filter!);
  // A walk reads about stopsAt x total / n logs, a fetch n: they are even at the root of stopsAt x total.
  const even = order.stopsAt === undefined ? FEW : Math.sqrt(order.stopsAt * (candidates?.indexedUpTo ?? 0));
  const few = Math.round(Math.min(Math.max(even, LEAST_FEW), FEW));
  const among = candidates?.atMost(few);
  let after = order.after;
  let chunk = LEAST_READ;
  for (let limit = among ? FEW : LEAST_FETCHED; ; limit = Math.min(limit * 2, MOST_FETCHED)) {
    const slice = behindCursor(search.slice, direction, after);
    const asked = { ...search, slice, dialect: open, among };
    const { source, rest } = await planOf(asked, limit);
    const page = { order: { by: 'startedAtMs', direction } as const, after, offset: 0, limit };
    const found = await fetchPage(asked, { source, rest: [sql`(${all(rest)} is not false)`] }, page);
    const possible = candidates ? found.filter(({ seq }) => candidates.has(seq)) : found;
    for (let from = 0; from < possible.length;) {
      yield await satisfying(search, possible.slice(from, from + chunk), [...leaves.values()], readTexts);
      from += chunk;
      chunk = Math.min(chunk * 2, MOST_READ);
    }
    if (found.length < limit) return;
    after = found.at(-1)!;
  }
}

/** Those of a few logs that satisfy the filter. */
async function satisfying(
  search: Omit<Search, 'dialect'>,
  found: readonly Found[],
  leaves: readonly PartLeaf[],
  readTexts: ReadTexts,
): Promise<Found[]> {
  const { session } = search;
  const seqs = found.map(({ seq }) => seq);
  const rows = await session.rows<TextRow & Record<string, unknown>>(ROWS, [seqs]);
  const partsOf = await slotsOf(session, rows);
  const having = new Map<string, number[]>(leaves.map((leaf) => [keyOf(leaf), []]));
  for (const row of rows) {
    const texts = textsOf(row, partsOf(row), readTexts);
    for (const leaf of leaves)
      if (containsText(textOf(texts, leaf.text), leaf.contains)) having.get(keyOf(leaf))!.push(row.seq);
  }
  session.checkTime();
  const dialect = postgresDialect((leaf) => sql`(logs.seq = any(${having.get(keyOf(leaf)) ?? []}::bigint[]))`);
  const plan = await planOf({ ...search, dialect, among: theseLogs(seqs) }, undefined);
  const held = await session.all<{ seq: number }>(sql`select ${plan.source.log} as seq ${tailOf(plan)}`);
  const wanted = new Set(held.map(({ seq }) => seq));
  return found.filter(({ seq }) => wanted.has(seq));
}

function keyOf({ text, contains }: PartLeaf): string {
  return `${text} ${contains}`;
}
