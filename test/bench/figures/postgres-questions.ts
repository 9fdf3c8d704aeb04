/**
 * What a dashboard asks of many scored logs on PostgreSQL: lists and values as on SQLite, and charts from rollups. A million logs, or
 * as many as BENCH_LOGS says; the server runs beside on the same machine.
 */
import { openStore, parseDatabaseUrl } from '../../../src/store/open.ts';
import type { AggregateQuestion } from '../../../src/store/aggregates.ts';
import type { Dimension } from '../../../src/model/measure.ts';
import { DEFAULT_PROJECT, type Store } from '../../../src/store/store.ts';
import type { Bench, Figure, Row } from '../figure.ts';
import { percentile } from '../numbers.ts';
import { seeded } from '../random.ts';
import { DAYS, NEWEST_MS } from '../scored-logs.ts';
import { scoredPostgres } from '../scored-postgres.ts';
import { askQuestions } from './questions.ts';

const WITHIN_MS = 100;
const QUESTIONS = 20;
const HOUR_MS = 3_600_000;
const DIMENSIONS: Dimension[] = [
  { property: 'environment' },
  { property: 'feature' },
  { property: 'region' },
  { field: 'model' },
];
const SCORES = ['accuracy', 'helpfulness', 'is-safe', 'tone'];

export const postgresQuestions: Figure = {
  name: 'postgres-questions',
  title: 'Questions about many scored logs on PostgreSQL, p95',
  async run(bench) {
    const count = bench.quick ? 20_000 : Number(process.env.BENCH_LOGS ?? 1_000_000);
    const server = await scoredPostgres(bench.cache, count, (text) => bench.note(text));
    const store = await openStore(parseDatabaseUrl(server.url, '/'));
    try {
      return [
        ...(await askQuestions(bench, store, { engine: ' on PostgreSQL', most: WITHIN_MS })),
        ...(await askCharts(bench, store)),
      ];
    } finally {
      await store.close();
      await server.close();
    }
  },
};

export async function askCharts(bench: Bench, store: Store): Promise<Row[]> {
  const kinds: Record<string, (random: ReturnType<typeof seeded>) => AggregateQuestion> = {
    'histogram of a score': (random) => question(SCORES[random.below(SCORES.length)]!),
    'hourly series of 30 days by a property': (random) => ({
      ...question(SCORES[random.below(SCORES.length)]!),
      groupBy: DIMENSIONS[random.below(DIMENSIONS.length)]!,
      edgesMs: Array.from({ length: DAYS * 24 + 1 }, (_, hour) => NEWEST_MS - (DAYS * 24 - hour) * HOUR_MS),
    }),
    'all scores of a slice that is compared': (random) => ({
      ...question(''),
      measures: 'scores',
      filter: { property: 'feature', equals: `feature-${random.below(20)}` },
      fromMs: NEWEST_MS - 7 * 24 * HOUR_MS + random.below(1000),
      toMs: NEWEST_MS,
    }),
  };
  const rows: Row[] = [];
  for (const [what, make] of Object.entries(kinds)) {
    const values: number[] = [];
    for (let round = 0; round < bench.rounds(3); round += 1) {
      const random = seeded(round + 1);
      const times: number[] = [];
      for (let asked = 0; asked < QUESTIONS; asked += 1) {
        const startedAt = performance.now();
        await store.questions.describe(make(random), 0.95);
        times.push(performance.now() - startedAt);
      }
      values.push(percentile(Float64Array.from(times).sort(), 0.95));
    }
    const actual = percentile(Float64Array.from(values).sort(), 0.5);
    const goal = { text: `under ${WITHIN_MS} ms`, actual, most: WITHIN_MS };
    rows.push({ measure: `questions: ${what} on PostgreSQL`, unit: 'ms', values, goal });
  }
  return rows;
}

function question(score: string): AggregateQuestion {
  return {
    projectId: DEFAULT_PROJECT.id,
    filter: null,
    fromMs: null,
    toMs: null,
    measures: [{ score }],
    groupBy: null,
    edgesMs: null,
    groupLimit: 10,
    timeLimitMs: 30_000,
  };
}
