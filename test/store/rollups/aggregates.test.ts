/** Answers from rollups, answers from scans, and what is counted in memory are the same numbers, at every moment. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Filter } from '../../../src/model/filter.ts';
import { encodeSummary } from '../../../src/statistics/summary-bytes.ts';
import { summaryOf } from '../../../src/statistics/summary.ts';
import type { Aggregate, AggregateQuestion, Measure } from '../../../src/store/aggregates.ts';
import type { Dimension } from '../../../src/model/measure.ts';
import type { Connection } from '../../../src/store/sqlite/connection.ts';
import { questionOperations } from '../../../src/store/sqlite/question-operations.ts';
import { DEFAULT_PROJECT } from '../../../src/store/store.ts';
import { HOUR_MS, START_MS, step, type Step, Stored } from './stored.ts';
import { observations } from './stored-numbers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-aggregates-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Holds of every log, and makes any filter one that no rollup has. */
const ALWAYS: Filter = { field: 'startedAtMs', gte: 0 };

const measures: Measure[] = [
  { log: 'error' },
  { log: 'durationMs' },
  { log: 'costUsd' },
  { log: 'firstTokenMs' },
  { log: 'totalTokens' },
  { score: 'quality' },
  { score: 'accuracy' },
  { score: 'tone' },
  { outcomes: 'judge' },
];
const dimension: fc.Arbitrary<Dimension> = fc.oneof(
  fc.constantFrom('tier', 'region', 'unheard').map((property) => ({ property })),
  fc.constantFrom('model', 'provider', 'source', 'evaluatorVersion').map((field) => ({ field })),
);
const filter: fc.Arbitrary<Filter> = fc.oneof(
  fc.record({ property: fc.constantFrom('tier', 'region'), equals: fc.constantFrom('1', '2', '', 'nowhere') }),
  fc.constant<Filter>({ property: 'tier', in: ['1', '3'] }),
  fc.record({ field: fc.constant('model' as const), equals: fc.constantFrom('a', 'c') }),
);
/** Whole hours, times within, and edges half an hour off. */
const time = fc
  .tuple(
    fc.oneof(
      fc.integer({ min: -1, max: 4 }).map((hour) => START_MS + hour * HOUR_MS),
      fc.integer({ min: -2, max: 8 }).map((half) => START_MS + (half * HOUR_MS) / 2),
      fc.integer({ min: -1, max: 4 * HOUR_MS }).map((ms) => START_MS + ms),
    ),
    fc.constantFrom(0, 0, 1, 2, 3),
  )
  .map(([ms, day]) => ms + day * 24 * HOUR_MS);
const question: fc.Arbitrary<AggregateQuestion> = fc
  .record({
    asked: fc.constantFrom<'groups' | 'filter' | 'all' | 'both'>('groups', 'filter', 'all', 'both'),
    groupBy: dimension,
    filter,
    fromMs: fc.option(time),
    toMs: fc.option(time),
    edgesMs: fc.option(
      fc.uniqueArray(time, { minLength: 2, maxLength: 5 }).map((edges) => edges.toSorted((a, b) => a - b)),
    ),
    measures: fc.constantFrom('scores' as const, 'outcomes' as const, 'scoresAndOutcomes' as const, measures),
  })
  .map(({ asked, ...given }) => ({
    ...given,
    projectId: DEFAULT_PROJECT.id,
    groupBy: asked === 'groups' || asked === 'both' ? given.groupBy : null,
    filter: asked === 'filter' || asked === 'both' ? given.filter : null,
    groupLimit: 100,
    timeLimitMs: 60_000,
  }));

describe('numbers of many logs', () => {
  it('are the same from rollups, from the logs, and counted in memory', () => {
    let run = 0;
    const [rollupRoutes, withDays] = [{ count: 0 }, { count: 0 }];
    const action: fc.Arbitrary<Step | AggregateQuestion> = fc.oneof(
      { weight: 3, arbitrary: step },
      { weight: 1, arbitrary: question },
    );
    fc.assert(
      fc.property(fc.array(action, { minLength: 10, maxLength: 60 }), question, (actions, last) => {
        const stored = new Stored(join(folder, `${(run += 1)}.db`));
        try {
          const ask = questionOperations(stored.connection, undefined);
          for (const one of [...actions, last]) {
            if (typeof one === 'function') {
              one(stored);
              continue;
            }
            const answer = ask.aggregateLogs(one);
            rollupRoutes.count += answer.plan.rollups ? 1 : 0;
            withDays.count += stored.connection.prepare('select count(*) > 0 from rolled_days').pluck().get() as number;
            const scanned = ask.aggregateLogs({
              ...one,
              filter: { and: one.filter === null ? [ALWAYS, ALWAYS] : [one.filter, ALWAYS] },
            });
            expect(stored.ids.length > 0 && scanned.plan.rollups).toBe(false);
            const counted = countInMemory(stored.connection, one);
            expect(flat(answer)).toEqual(counted);
            expect(flat(scanned)).toEqual(counted);
          }
        } finally {
          stored.connection.close();
        }
      }),
      { numRuns: Number(process.env.GRADEWAY_FOLDING_RUNS ?? 40) },
    );
    expect(rollupRoutes.count).toBeGreaterThan(run);
    expect(withDays.count).toBeGreaterThan(run / 8);
  }, 240_000);

  it.each([
    { name: 'of which nothing can be read', bytes: Buffer.from([0xff, 1]), byDay: false },
    { name: 'that does not hold its groups', bytes: Buffer.from(encodeSummary(summaryOf([12_345]))), byDay: false },
    { name: 'of a day of which nothing can be read', bytes: Buffer.from([0xff, 1]), byDay: true },
  ])('are counted from the logs where there is a rollup $name', ({ bytes, byDay }) => {
    const stored = new Stored(join(folder, 'wrong.db'));
    try {
      for (let index = 0; index < 5; index += 1)
        stored.add({ startedAtMs: START_MS, durationMs: index, properties: new Map([['tier', `${index}`]]) });
      if (byDay) {
        stored.add({ startedAtMs: START_MS + 24 * HOUR_MS, durationMs: 1 });
        stored.foldDays();
        stored.connection.exec('update rolled_days set whole = 0');
      }
      while (stored.fold());
      const [table, column] = byDay ? ['day_rollups', 'hours'] : ['rollups', 'summary'];
      expect(
        stored.connection.prepare(`update ${table} set ${column} = ? where pair = 0`).run(bytes).changes,
      ).toBeGreaterThan(0);
      const asked: AggregateQuestion = {
        projectId: DEFAULT_PROJECT.id,
        filter: null,
        fromMs: null,
        toMs: null,
        measures: [{ log: 'durationMs' }],
        groupBy: { property: 'tier' },
        edgesMs: null,
        groupLimit: 10,
        timeLimitMs: 60_000,
      };
      const answer = questionOperations(stored.connection, undefined).aggregateLogs(asked);
      expect(answer.plan).toEqual({ rollups: false, scannedLogs: stored.ids.length });
      expect(flat(answer)).toEqual(countInMemory(stored.connection, asked));
    } finally {
      stored.connection.close();
    }
  });
});

/** Sorted `measure group bucket value times`, in which two answers compare whatever their order. */
function flat({ rows }: Aggregate): string[] {
  return rows
    .flatMap(({ measure, kind, group, bucket, numbers, categories }) => {
      expect(numbers?.folded ?? null).toBeNull();
      const [what, name] = Object.entries(measure)[0]!;
      return [...(numbers?.bins ?? categories!.byCategory)].map(([value, times]) =>
        JSON.stringify([`${what}:${name}:${kind}`, group, bucket, value, times]),
      );
    })
    .toSorted();
}

function countInMemory(connection: Connection, asked: AggregateQuestion): string[] {
  const { edgesMs, fromMs, toMs } = asked;
  const counts = new Map<string, [string, string | null, number, number | string, number]>();
  for (const { startedAtMs, measure, value, pairs } of observations(connection)) {
    if (fromMs !== null && startedAtMs < fromMs) continue;
    if (toMs !== null && startedAtMs >= toMs) continue;
    const bucket = edgesMs === null ? 0 : edgesMs.findLastIndex((edge) => edge <= startedAtMs);
    if (bucket < 0 || (edgesMs !== null && bucket === edgesMs.length - 1)) continue;
    if (!isAsked(asked, measure)) continue;
    const own = new Map(pairs);
    if (asked.filter !== null && !holds(asked.filter, own)) continue;
    const group = asked.groupBy === null ? null : (own.get(nameOf(asked.groupBy)) ?? null);
    const key = JSON.stringify([measure, group, bucket, value]);
    const times = (counts.get(key)?.[4] ?? 0) + 1;
    counts.set(key, [measure, group, bucket, value, times]);
  }
  return [...counts.values()].map((one) => JSON.stringify(one)).toSorted();
}

function isAsked({ measures: asked }: AggregateQuestion, measure: string): boolean {
  if (asked === 'scores') return measure.startsWith('score:');
  if (asked === 'outcomes') return measure.startsWith('outcomes:');
  if (asked === 'scoresAndOutcomes') return !measure.startsWith('log:');
  return asked.some((one) => measure.startsWith(`${Object.entries(one)[0]!.join(':')}:`));
}

function nameOf(by: Dimension): string {
  return 'property' in by ? by.property : `\u0001${by.field}`;
}

function holds(asked: Filter, pairs: Map<string, string>): boolean {
  const leaf = asked as { property?: string; field?: string; equals?: string; in?: string[] };
  const value = pairs.get(leaf.property ?? `\u0001${leaf.field}`);
  return value !== undefined && (leaf.in ?? [leaf.equals]).includes(value);
}
