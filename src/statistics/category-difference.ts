/**
 * How two slices of a category score differ: Pearson's chi-square test over all categories at once, and for each category the
 * difference of its share. The intervals hold together: each has the level 1 - (1 - level) / categories (Bonferroni), so
 * that of many categories one does not stand out by chance.
 */
import type { Counts } from './counts.ts';
import { shareDifference } from './difference.ts';
import { chiSquareTail } from './distributions.ts';
import { checkLevel, USUAL_LEVEL, type Interval } from './interval.ts';

export interface CategoryComparison {
  verdict: 'different' | 'no_difference_shown' | 'not_enough_data';
  /** Probability of counts so far apart if both slices were alike; null where one is empty, or both hold one category alone. */
  p: number | null;
  chiSquare: number | null;
  degreesOfFreedom: number;
  /**
   * Whether p can be trusted: Cochran's rule (1954), every expected count at least 1, and four fifths of them at least 5. Where it
   * cannot, the verdict goes by the intervals alone, which hold for small counts too.
   */
  chiSquareReliable: boolean;
  /** Largest difference first. `category` is null for those that are counted together as other. */
  categories: CategoryDifference[];
}

export interface CategoryDifference {
  category: string | null;
  before: number;
  after: number;
  /** After less before, as a share from -1 to 1. */
  difference: number;
  interval: Interval;
}

/** Compares two slices of counts. Throws RangeError for a level outside 0 to 1. */
export function compareCategories(before: Counts, after: Counts, level = USUAL_LEVEL): CategoryComparison {
  checkLevel(level);
  const rows = rowsOf(before, after);
  const [first, second] = [sum(rows.map((row) => row.before)), sum(rows.map((row) => row.after))];
  const test = chiSquareTest(rows, first, second);
  if (first === 0 || second === 0) return { verdict: 'not_enough_data', ...test, categories: [] };
  const each = 1 - (1 - level) / rows.length;
  const categories = rows.map((row): CategoryDifference => {
    const { difference, interval } = shareDifference(row.before, first, row.after, second, each);
    return { ...row, difference: difference!, interval: interval! };
  });
  categories.sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference));
  const apart = test.chiSquareReliable
    ? test.p !== null && test.p < 1 - level
    : categories.some(({ interval }) => interval.low > 0 || interval.high < 0);
  return { verdict: apart ? 'different' : 'no_difference_shown', ...test, categories };
}

interface Row {
  category: string | null;
  before: number;
  after: number;
}

function rowsOf(before: Counts, after: Counts): Row[] {
  const rows: Row[] = [...new Set([...before.byCategory.keys(), ...after.byCategory.keys()])].map((category) => ({
    category,
    before: before.byCategory.get(category) ?? 0,
    after: after.byCategory.get(category) ?? 0,
  }));
  if (before.other + after.other > 0) rows.push({ category: null, before: before.other, after: after.other });
  return rows;
}

function chiSquareTest(rows: Row[], first: number, second: number): Omit<CategoryComparison, 'verdict' | 'categories'> {
  const degreesOfFreedom = Math.max(0, rows.length - 1);
  if (first === 0 || second === 0 || degreesOfFreedom === 0) {
    return { p: null, chiSquare: null, degreesOfFreedom, chiSquareReliable: false };
  }
  let [chiSquare, atLeastOne, atLeastFive] = [0, 0, 0];
  for (const row of rows) {
    for (const [observed, size] of [
      [row.before, first],
      [row.after, second],
    ] as const) {
      const expected = (row.before + row.after) * (size / (first + second));
      chiSquare += (observed - expected) ** 2 / expected;
      if (expected >= 1) atLeastOne++;
      if (expected >= 5) atLeastFive++;
    }
  }
  const cells = rows.length * 2;
  const chiSquareReliable = atLeastOne === cells && atLeastFive >= cells * 0.8;
  return { p: chiSquareTail(chiSquare, degreesOfFreedom), chiSquare, degreesOfFreedom, chiSquareReliable };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
