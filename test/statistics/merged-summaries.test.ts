/** What is added up from bytes against what `mergeSummary` makes of the same summaries. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ascending, ascendingOf } from '../../src/statistics/ascending.ts';
import { MergedSummaries } from '../../src/statistics/merged-summaries.ts';
import type { Moments } from '../../src/statistics/moments.ts';
import { normalFrom, seededRandom } from '../../src/statistics/random.ts';
import { encodeSummary } from '../../src/statistics/summary-bytes.ts';
import { emptySummary, mergeSummary, removeValue, type Summary, summaryOf } from '../../src/statistics/summary.ts';

const merged = new MergedSummaries();

/** Few values or many, alike or not, of any size; some lost their extremes after they were folded. */
const summary: fc.Arbitrary<Summary> = fc
  .record({
    seed: fc.integer(),
    count: fc.oneof(fc.nat(8), fc.nat(600), fc.constant(9000)),
    spread: fc.constantFrom(0, 1, 100, 1e9, 1e200),
    centre: fc.constantFrom(0, 50, -1e6),
    digits: fc.constantFrom(0, 2, undefined),
    removed: fc.boolean(),
  })
  .map(({ seed, count, spread, centre, digits, removed }) => {
    const random = seededRandom(seed);
    const values = Array.from({ length: count }, () => {
      const value = centre + normalFrom(random) * spread * (count === 9000 ? 10 ** (normalFrom(random) * 20) : 1);
      return digits === undefined || Math.abs(value) > 1e12 ? value : Number(value.toFixed(digits));
    });
    const made = summaryOf(values);
    if (removed && values.length > 0) removeValue(made, Math.max(...values));
    return made;
  });

function shapeOf({ keys, times, length, folded }: Ascending): unknown {
  const { count, min, max } = folded?.moments ?? {};
  const [shown, often] = [keys, times].map((array) => [...array.subarray(0, length)]);
  return { shown, often, precision: folded?.precision, extremesExact: folded?.extremesExact, count, min, max };
}

/** In more than the last digits. */
function momentsDiffer(one: Moments | undefined, other: Moments | undefined): boolean {
  if (one === undefined || other === undefined) return one !== other;
  const size = Math.max(-other.min, other.max);
  const square = size * size * other.count;
  const spreads = Math.abs(one.squaredDeviations - other.squaredDeviations);
  return Math.abs(one.mean - other.mean) > size * 1e-12 || (Number.isFinite(square) && spreads > square * 1e-9);
}

describe('summaries added up from their bytes', () => {
  it('are what their merging makes of them', () => {
    let [exact, folded, coarse] = [0, 0, 0];
    fc.assert(
      fc.property(fc.array(summary, { minLength: 1, maxLength: 9 }), (parts) => {
        const whole = emptySummary();
        for (const part of parts) mergeSummary(whole, part);
        const wanted = ascendingOf(whole);
        const found = merged.read(parts.map(encodeSummary));
        expect(shapeOf(found)).toEqual(shapeOf(wanted));
        expect(momentsDiffer(found.folded?.moments, wanted.folded?.moments)).toBe(false);
        if (!found.folded) exact += 1;
        else if (found.folded.precision === 7) folded += 1;
        else coarse += 1;
      }),
      { numRuns: 60 },
    );
    expect(Math.min(exact, folded, coarse)).toBeGreaterThan(2);
  }, 60_000);

  it('are nothing where there is nothing', () => {
    expect(merged.read([encodeSummary(emptySummary()), encodeSummary(emptySummary())]).length).toBe(0);
    expect(merged.read([]).length).toBe(0);
  });

  it('are refused where one of them cannot be read', () => {
    expect(() => merged.read([encodeSummary(summaryOf([1])), Uint8Array.of(0xff)])).toThrow(RangeError);
  });
});
