/** Random questions about numbers: what rollups answer by themselves, with rows at the edges, and what only rows answer. */
import * as fc from 'fast-check';
import type { Filter } from '../../src/model/filter.ts';
import { type AggregateQuestion, type Measure } from '../../src/store/aggregates.ts';
import { type Dimension, GROUP_FIELDS, LOG_MEASURES } from '../../src/model/measure.ts';
import { EVALUATOR_NAMES, NASTY_TEXTS, PROPERTY_NAMES, SCORE_NAMES } from '../fixtures/nasty-logs.ts';
import { arbitraryFilter } from './filter-contract.ts';

export const HOUR_MS = 3_600_000;
export const START_MS = 497_000 * HOUR_MS;

/** Questions about logs that started within four hours from START_MS on; `ids` are some of theirs. */
export function arbitraryQuestion(projectId: string, ids: string[]): fc.Arbitrary<AggregateQuestion> {
  const edges = fc.uniqueArray(time, { minLength: 2, maxLength: 6 }).map((list) => list.toSorted((a, b) => a - b));
  return fc.record({
    projectId: fc.constant(projectId),
    filter: fc.oneof(
      { weight: 3, arbitrary: fc.constant(null) },
      { weight: 3, arbitrary: rolledFilter },
      { weight: 2, arbitrary: arbitraryFilter(ids) },
    ),
    fromMs: fc.option(time, { freq: 1 }),
    toMs: fc.option(time, { freq: 1 }),
    measures: fc.oneof(
      fc.constantFrom('scores' as const, 'outcomes' as const, 'scoresAndOutcomes' as const),
      fc.uniqueArray(measure, { minLength: 1, maxLength: 6, selector: (one) => JSON.stringify(one) }),
    ),
    groupBy: fc.oneof(fc.constant(null), dimension),
    edgesMs: fc.option(edges, { freq: 1 }),
    groupLimit: fc.constantFrom(0, 1, 3, 1000),
    timeLimitMs: fc.constant(20_000),
  });
}

/** Whole hours, times within, and hours of a time zone that is half an hour off. */
const time = fc.oneof(
  fc.integer({ min: -1, max: 5 }).map((hour) => START_MS + hour * HOUR_MS),
  fc.integer({ min: -2, max: 10 }).map((half) => START_MS + (half * HOUR_MS) / 2),
  fc.integer({ min: -1, max: 4 * HOUR_MS + 1 }).map((ms) => START_MS + ms),
);
const measure: fc.Arbitrary<Measure> = fc.oneof(
  fc.constantFrom(...LOG_MEASURES).map((log) => ({ log })),
  fc.constantFrom(...SCORE_NAMES, 'absent').map((score) => ({ score })),
  fc.constantFrom(...EVALUATOR_NAMES, 'absent').map((outcomes) => ({ outcomes })),
);
const dimension: fc.Arbitrary<Dimension> = fc.oneof(
  fc.constantFrom(...GROUP_FIELDS).map((field) => ({ field })),
  fc.constantFrom(...PROPERTY_NAMES, 'ENV', 'absent').map((property) => ({ property })),
);
/** Filters that rollups may hold. */
const rolledFilter: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ property: fc.constantFrom(...PROPERTY_NAMES), equals: fc.constantFrom(...NASTY_TEXTS, 5, true) }),
  fc.record({
    property: fc.constantFrom('env', 'n'),
    in: fc.array(fc.constantFrom(...NASTY_TEXTS), { maxLength: 40 }),
  }),
  fc.record({ field: fc.constant('provider' as const), in: fc.subarray(['openai', 'anthropic', 'gemini', 'none']) }),
  fc.record({
    field: fc.constantFrom('model' as const, 'provider' as const),
    equals: fc.constantFrom(...NASTY_TEXTS, 'openai'),
  }),
);
