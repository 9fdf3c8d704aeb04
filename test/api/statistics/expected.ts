/** What answers are held to: statistics of values, computed by hand, and those of no values. */
import { expect } from 'vitest';
import { deviationOf, meanOf, quantileOf, studentDeviate, wilson } from './by-hand.ts';

export const none = {
  number: {
    kind: 'number',
    count: 0,
    mean: null,
    meanInterval: null,
    standardDeviation: null,
    sum: null,
    min: null,
    max: null,
    p10: null,
    median: null,
    p90: null,
    exact: true,
  },
  boolean: { kind: 'boolean', count: 0, trueCount: 0, share: null, shareInterval: null },
  category: { kind: 'category', count: 0, categories: [], otherCount: 0 },
};

export const numbers = (values: readonly number[], level = 0.95): object => {
  if (values.length === 0) return none.number;
  const [mean, deviation] = [meanOf(values), deviationOf(values)];
  const reach = (studentDeviate(values.length - 1, level) * deviation) / Math.sqrt(values.length);
  const close = (value: number): unknown => expect.closeTo(value, 7);
  return {
    kind: 'number',
    count: values.length,
    mean: close(mean),
    meanInterval: { low: expect.closeTo(mean - reach, 5), high: expect.closeTo(mean + reach, 5), level },
    standardDeviation: close(deviation),
    sum: expect.closeTo(mean * values.length, 6),
    min: Math.min(...values),
    max: Math.max(...values),
    p10: close(quantileOf(values, 0.1)),
    median: close(quantileOf(values, 0.5)),
    p90: close(quantileOf(values, 0.9)),
    exact: true,
  };
};
export const booleans = (values: readonly boolean[]): object => {
  const trueCount = values.filter(Boolean).length;
  const { low, high } = wilson(trueCount, values.length);
  return {
    kind: 'boolean',
    count: values.length,
    trueCount,
    share: trueCount / values.length,
    shareInterval: { low: expect.closeTo(low, 9), high: expect.closeTo(high, 9), level: 0.95 },
  };
};
