/**
 * What the charts of a dashboard ask of many scored logs, through the store's own threads: a histogram, thirty days by the hour
 * and by a property, the top values of a property, two values compared. Ranges end within hours, so that rows are
 * read at their edges. A million logs, or as many as BENCH_LOGS says.
 */
import type { Filter } from '../../../src/model/filter.ts';
import { histogramOf } from '../../../src/statistics/histogram.ts';
import type { AggregateQuestion, Measure } from '../../../src/store/aggregates.ts';
import { openStore } from '../../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../../src/store/store.ts';
import type { Bench, Figure, Row } from '../figure.ts';
import { median, percentile } from '../numbers.ts';
import { type Random, seeded } from '../random.ts';
import { scoredDatabase } from '../scored-database.ts';
import { DAYS, NEWEST_MS } from '../scored-logs.ts';

const QUESTIONS = 40;
const MILLION = 1_000_000;
const HOUR_MS = 3_600_000;
/** As the API asks: what the values of a cell come to, not the values. */
const LEVEL = 0.95;
const WITHIN_MS = { million: 50, more: 100 };

const NUMBERS: Measure[] = [
  ...['accuracy', 'helpfulness', 'latency', 'is-safe', 'finished'].map((score) => ({ score })),
  { log: 'durationMs' },
  { log: 'costUsd' },
  { log: 'error' },
];
const GROUPS = ['environment', 'feature', 'region', 'release'];

/** The questions of one kind. */
interface Chart {
  name: string;
  ask: (store: Store, random: Random) => Promise<unknown>;
  /** Whether it has to be answered as quickly as a dashboard's. */
  isRolled: boolean;
}

const CHARTS: Chart[] = [
  {
    name: 'histogram',
    isRolled: true,
    ask: async (store, random) => {
      const measures = [pick(random, NUMBERS)];
      const { rows } = await store.questions.aggregate({
        ...question(measures),
        ...range(random),
        filter: filterOf(random),
      });
      return rows.map(({ numbers }) => histogramOf(numbers!));
    },
  },
  {
    name: '30 days by the hour and by a property',
    isRolled: true,
    ask: (store, random) => {
      const first = Math.floor(NEWEST_MS / HOUR_MS) - DAYS * 24;
      const edgesMs = Array.from({ length: DAYS * 24 + 1 }, (_, hour) => (first + hour) * HOUR_MS);
      const groupBy = { property: pick(random, GROUPS) };
      return store.questions.describe(
        { ...question([pick(random, NUMBERS)]), groupBy, edgesMs, groupLimit: 10 },
        LEVEL,
      );
    },
  },
  {
    name: 'top values',
    isRolled: true,
    ask: (store, random) => {
      const measures = [pick(random, NUMBERS)];
      return store.questions.describe(
        {
          ...question(measures),
          ...range(random),
          groupBy: pick(random, [{ field: 'model' as const }, ...GROUPS.map((property) => ({ property }))]),
        },
        LEVEL,
      );
    },
  },
  {
    name: 'comparison of two values, all scores',
    isRolled: true,
    ask: (store, random) => {
      const [property, values] = pair(random);
      return store.questions.aggregate({
        ...question('scores'),
        ...range(random),
        filter: { property, in: values },
        groupBy: { property },
      });
    },
  },
  {
    name: 'a day by two properties, from rows',
    isRolled: false,
    ask: (store, random) => {
      const toMs = NEWEST_MS - random.below(20 * 24) * HOUR_MS;
      return store.questions.aggregate({
        ...question([pick(random, NUMBERS)]),
        fromMs: toMs - 24 * HOUR_MS,
        toMs,
        filter: { property: 'feature', equals: `feature-${random.below(20)}` },
        groupBy: { property: 'environment' },
      });
    },
  },
];

export const charts: Figure = {
  name: 'charts',
  title: 'Charts of many scored logs (five properties and six scores each), p50 and p95',
  async run(bench) {
    const count = bench.quick ? 20_000 : Number(process.env.BENCH_LOGS ?? MILLION);
    const path = scoredDatabase(bench.cache, count, (text) => bench.note(text));
    bench.note(`${count.toLocaleString('en')} logs over ${DAYS} days, all folded; ${QUESTIONS} questions a round`);
    const store = await openStore({ engine: 'sqlite', path });
    try {
      return await measured(bench, store, count);
    } finally {
      await store.close();
    }
  },
};

async function measured(bench: Bench, store: Store, count: number): Promise<Row[]> {
  const times = new Map(CHARTS.map(({ name }) => [name, [] as Float64Array[]]));
  for (let round = 0; round < bench.rounds(3); round += 1) {
    const random = seeded(round + 1);
    const asked = new Map(CHARTS.map(({ name }) => [name, [] as number[]]));
    for (let index = 0; index < QUESTIONS; index += 1) {
      for (const { name, ask } of CHARTS) {
        const startedAt = performance.now();
        await ask(store, random);
        asked.get(name)!.push(performance.now() - startedAt);
      }
    }
    for (const [name, list] of asked) times.get(name)!.push(Float64Array.from(list).sort());
  }
  const most = count > MILLION ? WITHIN_MS.more : WITHIN_MS.million;
  return CHARTS.flatMap(({ name, isRolled }) => {
    const at = (share: number): number[] => times.get(name)!.map((sorted) => percentile(sorted, share));
    const p95 = at(0.95);
    const goal = isRolled ? { goal: { text: `under ${most} ms`, actual: median(p95), most } } : {};
    return [
      { measure: `charts: ${name}, p50`, unit: 'ms', values: at(0.5) },
      { measure: `charts: ${name}, p95`, unit: 'ms', values: p95, ...goal },
    ];
  });
}

function question(measures: AggregateQuestion['measures']): AggregateQuestion {
  return {
    projectId: DEFAULT_PROJECT.id,
    measures,
    filter: null,
    fromMs: null,
    toMs: null,
    groupBy: null,
    edgesMs: null,
    groupLimit: 10,
    timeLimitMs: 30_000,
  };
}

/** A day, a week or thirty, to any millisecond of the last days. */
function range(random: Random): { fromMs: number; toMs: number } {
  const toMs = NEWEST_MS - random.below(72 * HOUR_MS);
  return { fromMs: toMs - pick(random, [1, 7, 30]) * 24 * HOUR_MS, toMs };
}

function filterOf(random: Random): Filter | null {
  if (random.below(2) === 0) return null;
  const [property, [equals]] = pair(random);
  return { property, equals: equals! };
}

function pair(random: Random): [property: string, values: string[]] {
  const day = 1 + random.below(29);
  return pick(random, [
    ['environment', ['production', pick(random, ['staging', 'test', 'canary'])]],
    ['feature', [`feature-${random.below(10)}`, `feature-${10 + random.below(10)}`]],
    ['release', [`2025.12.${day}`, `2025.12.${day + 1}`]],
  ]);
}

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random.below(values.length)]!;
}
