/**
 * What a dashboard asks of many scored logs, through the store's own threads: the newest page by a property and a score, common
 * and rare values of both, and the values of a property. A million logs, or as many as BENCH_LOGS says.
 */
import type { Filter } from '../../../src/model/filter.ts';
import { openStore } from '../../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../../src/store/store.ts';
import type { Bench, Figure, Row } from '../figure.ts';
import { percentile } from '../numbers.ts';
import { type Random, seeded } from '../random.ts';
import { scoredDatabase } from '../scored-database.ts';

const PAGE = 50;
const QUESTIONS = 50;
const MILLION = 1_000_000;
const TIME_LIMIT_MS = 30_000;
const WITHIN_MS = { million: 50, more: 100 };

const PROPERTIES: ((random: Random) => Filter)[] = [
  () => ({ property: 'environment', equals: 'production' }),
  () => ({ property: 'environment', equals: 'canary' }),
  (random) => ({ property: 'feature', equals: `feature-${random.below(20)}` }),
  (random) => ({ property: 'customer', equals: `customer-${random.below(10_000)}` }),
  (random) => ({ property: 'region', contains: `${random.below(6)}` }),
];
const SCORES: ((random: Random) => Filter)[] = [
  (random) => ({ score: 'accuracy', gte: random.below(101) }),
  () => ({ score: 'accuracy', equals: 42 }),
  () => ({ score: 'helpfulness', lt: 1 }),
  () => ({ score: 'is-safe', equals: false }),
  () => ({ score: 'finished', equals: true }),
  () => ({ score: 'tone', equals: 'rude' }),
];

export const questions: Figure = {
  name: 'questions',
  title: 'Questions about many scored logs (five properties and six scores each), p95',
  async run(bench) {
    const count = bench.quick ? 20_000 : Number(process.env.BENCH_LOGS ?? MILLION);
    const path = scoredDatabase(bench.cache, count, (text) => bench.note(text));
    bench.note(`${count.toLocaleString('en')} logs; each question is asked once, in a random order`);
    const store = await openStore({ engine: 'sqlite', path });
    try {
      await store.questions.count(slice(null), TIME_LIMIT_MS);
      const most = count > MILLION ? WITHIN_MS.more : WITHIN_MS.million;
      return await askQuestions(bench, store, { engine: '', most });
    } finally {
      await store.close();
    }
  },
};

/** What a store of the scored logs answers, in the words of its engine; `most` is what it may take. */
export async function askQuestions(
  bench: Bench,
  store: Store,
  { engine, most }: { engine: string; most: number },
): Promise<Row[]> {
  const pages: number[] = [];
  const values: number[] = [];
  for (let round = 0; round < bench.rounds(3); round += 1) {
    const random = seeded(round + 1);
    const [page, value]: [number[], number[]] = [[], []];
    for (let asked = 0; asked < QUESTIONS; asked += 1) {
      const property = PROPERTIES[random.below(PROPERTIES.length)]!(random);
      const filter = { and: [property, SCORES[random.below(SCORES.length)]!(random)] };
      page.push(await timed(() => newestPage(store, filter)));
      const name = ['environment', 'feature', 'customer', 'region', 'release'][asked % 5]!;
      const part = random.below(2) === 0 ? '' : `${random.below(10)}`;
      value.push(await timed(() => store.questions.propertyValues(DEFAULT_PROJECT.id, name, part, 20)));
    }
    pages.push(p95(page));
    values.push(p95(value));
  }
  return [
    rowOf(`newest page by property and score${engine}`, pages, most),
    rowOf(`top values of a property${engine}`, values, most),
  ];
}

function newestPage(store: Store, filter: Filter): Promise<unknown> {
  return store.questions.list({
    ...slice(filter),
    order: { by: 'startedAtMs', direction: 'desc' },
    after: null,
    offset: 0,
    limit: PAGE,
    bodies: false,
    timeLimitMs: TIME_LIMIT_MS,
  });
}

function slice(filter: Filter | null): { projectId: string; filter: Filter | null; fromMs: null; toMs: null } {
  return { projectId: DEFAULT_PROJECT.id, filter, fromMs: null, toMs: null };
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await run();
  return performance.now() - startedAt;
}

function p95(times: readonly number[]): number {
  return percentile(Float64Array.from(times).sort(), 0.95);
}

function rowOf(what: string, values: number[], most: number): Row {
  const actual = percentile(Float64Array.from(values).sort(), 0.5);
  return {
    measure: `questions: ${what}`,
    unit: 'ms',
    values,
    goal: { text: `under ${most} ms`, actual, most },
  };
}
