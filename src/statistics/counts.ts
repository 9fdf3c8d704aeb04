/**
 * How often each category was given, in a value that merges with others, and its bytes. At most 1,024 categories are told
 * apart; what comes after them is counted together as `other`, so that a score which is free text cannot fill a rollup.
 * Their comparison stands in category-difference.ts.
 *
 *     bytes:  0x13, how many others, how many categories, then for each, in the order of code units: text, times
 */
import {
  BLOB,
  endReading,
  readKind,
  readText,
  readWhole,
  startReading,
  startWriting,
  unreadable,
  writeText,
  writeWhole,
  written,
} from './bytes.ts';

/** Categories that are told apart. */
export const MOST_CATEGORIES = 1024;

export interface Counts {
  byCategory: Map<string, number>;
  /** Observations of categories beyond the first 1,024. */
  other: number;
}

/** Counts of nothing. */
export function noCounts(): Counts {
  return { byCategory: new Map(), other: 0 };
}

/** How many observations there are, others included. */
export function totalOf(counts: Counts): number {
  let total = counts.other;
  for (const times of counts.byCategory.values()) total += times;
  return total;
}

/** Counts `category` `times` times. Lone surrogates count as U+FFFD, as they would be stored. */
export function addCategory(counts: Counts, category: string, times = 1): void {
  if (!Number.isSafeInteger(times) || times < 1) throw new RangeError(`${times} times is no count.`);
  const name = category.toWellFormed();
  const before = counts.byCategory.get(name);
  if (before === undefined && counts.byCategory.size >= MOST_CATEGORIES) counts.other += times;
  else counts.byCategory.set(name, (before ?? 0) + times);
}

/**
 * Takes `category` out `times` times. False, and nothing changed, when it was not counted so often, neither by itself nor
 * among the others: the counts are then not of the rows they were believed to be of.
 */
export function removeCategory(counts: Counts, category: string, times = 1): boolean {
  const name = category.toWellFormed();
  const own = counts.byCategory.get(name) ?? 0;
  const others = Math.max(0, times - own);
  if (others > counts.other) return false;
  counts.other -= others;
  if (own > times) counts.byCategory.set(name, own - times);
  else counts.byCategory.delete(name);
  return true;
}

/** Adds all that `from` holds to `into`. */
export function mergeCounts(into: Counts, from: Counts): void {
  for (const [category, times] of from.byCategory) addCategory(into, category, times);
  into.other += from.other;
}

/** Takes out all that `part` holds. False, and nothing changed, when it is not all there. */
export function subtractCounts(from: Counts, part: Counts): boolean {
  let others = part.other;
  for (const [category, times] of part.byCategory) others += Math.max(0, times - (from.byCategory.get(category) ?? 0));
  if (others > from.other) return false;
  for (const [category, times] of part.byCategory) removeCategory(from, category, times);
  from.other -= part.other;
  return true;
}

/** The bytes of counts: the same for the same counts. */
export function encodeCounts(counts: Counts): Uint8Array {
  const writer = startWriting(BLOB.categories);
  writeWhole(writer, counts.other);
  writeWhole(writer, counts.byCategory.size);
  for (const category of [...counts.byCategory.keys()].sort()) {
    writeText(writer, category);
    writeWhole(writer, counts.byCategory.get(category)!);
  }
  return written(writer);
}

/** The counts that `bytes` hold. Throws RangeError when they hold none. */
export function decodeCounts(bytes: Uint8Array): Counts {
  const reader = startReading(bytes);
  const kind = readKind(reader);
  if (kind !== BLOB.categories) throw unreadable(`their first is ${kind}`);
  const counts: Counts = { byCategory: new Map(), other: readWhole(reader) };
  const size = readWhole(reader);
  if (size > MOST_CATEGORIES) throw unreadable(`${size} categories are more than are kept`);
  let before: string | null = null;
  for (let index = 0; index < size; index++) {
    const category = readText(reader);
    if (before !== null && category <= before) throw unreadable('categories are not in order');
    const times = readWhole(reader);
    if (times === 0) throw unreadable('a category occurs 0 times');
    counts.byCategory.set(category, times);
    before = category;
  }
  endReading(reader);
  if (!Number.isSafeInteger(totalOf(counts))) throw unreadable('there are too many observations');
  return counts;
}
