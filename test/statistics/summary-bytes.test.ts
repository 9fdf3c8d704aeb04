import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addCategory,
  decodeCounts,
  encodeCounts,
  mergeCounts,
  MOST_CATEGORIES,
  noCounts,
  removeCategory,
  subtractCounts,
  totalOf,
  type Counts,
} from '../../src/statistics/counts.ts';
import { countInBytes, decodeSummary, encodeSummary } from '../../src/statistics/summary-bytes.ts';
import {
  addValue,
  countOf,
  emptySummary,
  subtractSummary,
  summaryOf,
  type Summary,
} from '../../src/statistics/summary.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const times = fc.integer({ min: 1, max: 2 ** 40 });

function ordered(summary: Summary): Summary {
  return { ...summary, bins: new Map([...summary.bins].sort((a, b) => a[0] - b[0])) };
}

function countsOf(categories: string[]): Counts {
  const counts = noCounts();
  for (const category of categories) addCategory(counts, category);
  return counts;
}

/** Reads, and says whether it was refused the way that is promised; whatever else is thrown fails the test. */
function refused(read: () => unknown): boolean {
  try {
    read();
    return false;
  } catch (error) {
    if (error instanceof RangeError && error.message.startsWith('These bytes hold no summary')) return true;
    throw error;
  }
}

describe('bytes of a summary', () => {
  it.each([
    { name: 'whole numbers', value: fc.integer() },
    { name: 'decimals', value: fc.integer({ min: -1000, max: 1000 }).map((value) => value / 100) },
    { name: 'any doubles', value: finite },
    { name: 'large whole numbers', value: fc.maxSafeInteger() },
  ])('give back what was written: $name', ({ value }) => {
    fc.assert(
      fc.property(fc.array(fc.tuple(value, times), { maxLength: 400 }), (entries) => {
        const summary = emptySummary();
        for (const [one, count] of entries) addValue(summary, one, count);
        const bytes = encodeSummary(summary);
        expect(decodeSummary(bytes)).toEqual(ordered(summary));
        expect(encodeSummary(decodeSummary(bytes))).toEqual(bytes);
        expect(countInBytes(bytes)).toBe(countOf(summary));
      }),
    );
  });

  it('are few for what is usual', () => {
    const booleans = emptySummary();
    addValue(booleans, 0, 40);
    addValue(booleans, 1, 900);
    expect(encodeSummary(booleans).length).toBeLessThanOrEqual(8);
    const shares = summaryOf(Array.from({ length: 1000 }, (_, index) => (index % 20) / 20));
    expect(encodeSummary(shares).length).toBeLessThanOrEqual(3 + 20 * 2);
    const percents = summaryOf(Array.from({ length: 5000 }, (_, index) => index % 101));
    expect(encodeSummary(percents).length).toBeLessThanOrEqual(3 + 101 * 2);
  });

  it('stay as they were written by the first version', () => {
    const exact = summaryOf([0.25, 0.5, 0.5, -1]);
    expect(Buffer.from(encodeSummary(exact)).toString('hex')).toBe('110302c701017d011902');
    const counts = countsOf(['b', 'a', 'é', 'a']);
    expect(Buffer.from(encodeCounts(counts)).toString('hex')).toBe('130003016102016201 02c3a901'.replace(' ', ''));
  });

  it('give back a summary whose extremes are known to a bin', () => {
    const summary = summaryOf(Array.from({ length: 600 }, (_, index) => index * 1.5 - 300));
    subtractSummary(summary, summaryOf([-300, 598.5]));
    expect(decodeSummary(encodeSummary(summary))).toEqual(ordered(summary));
  });

  it('are read from the middle of a larger buffer', () => {
    const bytes = encodeSummary(summaryOf(Array.from({ length: 300 }, (_, index) => Math.sqrt(index))));
    const larger = new Uint8Array(bytes.length + 7);
    larger.set(bytes, 3);
    expect(encodeSummary(decodeSummary(larger.subarray(3, 3 + bytes.length)))).toEqual(bytes);
  });

  it('are refused, or read as a summary that can be written again, whatever they are', () => {
    const blobs = [
      encodeSummary(summaryOf([1, 2, 3])),
      encodeSummary(summaryOf([Math.PI, Math.E])),
      encodeSummary(summaryOf(Array.from({ length: 300 }, (_, index) => index))),
      encodeCounts(countsOf(['yes', 'no'])),
    ];
    const changed = fc
      .tuple(fc.constantFrom(...blobs), fc.nat(), fc.nat(255))
      .map(([blob, at, byte]) => blob.with(at % blob.length, byte));
    const random = fc
      .tuple(fc.constantFrom(0x11, 0x12, 0x13), fc.uint8Array({ maxLength: 60 }))
      .map(([kind, rest]) => Uint8Array.of(kind, ...rest));
    let read = 0;
    fc.assert(
      fc.property(fc.oneof(changed, random), (bytes) => {
        const isSummary = !refused(() => decodeSummary(bytes));
        const summary = isSummary ? decodeSummary(bytes) : emptySummary();
        expect(decodeSummary(encodeSummary(summary))).toEqual(summary);
        const counts = refused(() => decodeCounts(bytes)) ? null : decodeCounts(bytes);
        expect(counts === null || Buffer.compare(encodeCounts(counts), bytes) === 0).toBe(true);
        if (isSummary) read++;
      }),
      { numRuns: 5000 },
    );
    expect(read).toBeGreaterThan(100);
  });

  it('are refused at every place where they might end too early, and when more follow', () => {
    for (const values of [[1, 2, 3], [Math.PI], Array.from({ length: 300 }, (_, index) => index)]) {
      const bytes = encodeSummary(summaryOf(values));
      for (let end = 0; end < bytes.length; end++) {
        expect(refused(() => decodeSummary(bytes.subarray(0, end)))).toBe(true);
      }
      expect(refused(() => decodeSummary(Uint8Array.of(...bytes, 0)))).toBe(true);
    }
  });

  it.each([
    { name: 'another version', hex: '2100' },
    { name: 'categories', hex: '130000' },
    { name: 'more values than are kept', hex: '11810200' },
    { name: 'a count of 0', hex: '1101000200' },
    { name: 'a value twice', hex: '11020002010001' },
    { name: 'a double that is NaN', hex: '1101ff01000000000000f87f01' },
    { name: 'a number of ten bytes', hex: '11ffffffffffffffffff01' },
    { name: 'a number longer than it needs to be', hex: '118000' },
  ])('are refused when they hold $name', ({ hex }) => {
    expect(refused(() => decodeSummary(Buffer.from(hex, 'hex')))).toBe(true);
  });
});

describe('counts of categories', () => {
  const category = fc.oneof(fc.constantFrom('yes', 'no', '__proto__', ''), fc.string({ unit: 'binary' }));
  const list = fc.array(category, { maxLength: 50 });

  it('give back from their bytes what was written', () => {
    fc.assert(
      fc.property(list, (categories) => {
        const counts = countsOf(categories);
        const bytes = encodeCounts(counts);
        expect(decodeCounts(bytes)).toEqual(counts);
        expect(encodeCounts(decodeCounts(bytes))).toEqual(bytes);
      }),
    );
  });

  it('merge, and can be taken out again', () => {
    fc.assert(
      fc.property(list, list, (kept, gone) => {
        const counts = countsOf(kept);
        mergeCounts(counts, countsOf(gone));
        expect(counts).toEqual(countsOf([...kept, ...gone]));
        expect(subtractCounts(counts, countsOf(gone))).toBe(true);
        expect(counts).toEqual(countsOf(kept));
      }),
    );
  });

  it('refuse to take out what was never counted, and stay as they were', () => {
    const counts = countsOf(['yes', 'no']);
    expect(removeCategory(counts, 'maybe')).toBe(false);
    expect(removeCategory(counts, 'yes', 2)).toBe(false);
    expect(subtractCounts(counts, countsOf(['yes', 'yes']))).toBe(false);
    expect(counts).toEqual(countsOf(['yes', 'no']));
  });

  it('count categories beyond 1,024 together, and let them be taken out', () => {
    const names = Array.from({ length: MOST_CATEGORIES + 5 }, (_, index) => `category ${index}`);
    const counts = countsOf(names);
    expect([counts.byCategory.size, counts.other, totalOf(counts)]).toEqual([MOST_CATEGORIES, 5, names.length]);
    expect(decodeCounts(encodeCounts(counts))).toEqual(counts);
    for (const name of names) expect(removeCategory(counts, name)).toBe(true);
    expect(counts).toEqual(noCounts());
  });

  it('count lone surrogates as the replacement character', () => {
    expect([...countsOf(['\ud800', '\ufffd']).byCategory]).toEqual([['\ufffd', 2]]);
  });
});
