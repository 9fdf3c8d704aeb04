/** Statistics of scores and of logs, against what a test counts by itself over the same logs. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ScoreValue } from '../../../src/model/score.ts';
import { type ServedApi, serveApi } from '../served-api.ts';
import { wilson } from './by-hand.ts';
import { askStatistics } from './ask.ts';
import { booleans, none, numbers } from './expected.ts';
import { addKnownLogs, COUNT, type KnownLog, START_MS, STEP_MS } from './known-logs.ts';

interface Row {
  score: string;
  group: string | null;
  other: boolean;
  statistics: Record<string, unknown> | null;
  evaluations: Record<string, number> | null;
}
interface Answer {
  rows: Row[];
  plan: { rollups: boolean; scannedLogs: number };
}
type LogRow = Record<string, Record<string, unknown>> & { group: string | null; other: boolean; logs: number };

let api: ServedApi;
let known: KnownLog[];
beforeAll(async () => {
  api = await serveApi();
  known = await addKnownLogs(api.store);
});
afterAll(() => api.close());

async function ask(path: string, body: unknown): Promise<Answer> {
  return (await askStatistics(api, path, body)) as Answer;
}

const valuesOf = <Value extends ScoreValue>(logs: readonly KnownLog[], score: string): Value[] =>
  logs.flatMap(({ scores }) => (scores.has(score) ? [scores.get(score) as Value] : []));
const looksOf = (logs: readonly KnownLog[], evaluator: string): object => {
  const counts = { scored: 0, abstained: 0, skipped: 0, failed: 0 };
  for (const { outcomes } of logs) counts[outcomes.get(evaluator)!] += 1;
  return counts;
};
async function askLogs(path: string, body: unknown): Promise<{ rows: LogRow[] }> {
  return (await askStatistics(api, path, body)) as { rows: LogRow[] };
}

describe('statistics of scores', () => {
  it('say of every name what its values are, and how the looks without one ended', async () => {
    const { rows, plan } = await ask('scores', {});
    const whole = { group: null, other: false };
    const tones = valuesOf<string>(known, 'rubric:tone');
    const times = (tone: string): number => tones.filter((one) => one === tone).length;
    expect(rows).toEqual([
      {
        ...whole,
        score: 'accuracy',
        statistics: numbers(valuesOf(known, 'accuracy')),
        evaluations: looksOf(known, 'accuracy'),
      },
      {
        ...whole,
        score: 'broken',
        statistics: null,
        evaluations: { scored: 0, abstained: 0, skipped: 0, failed: COUNT },
      },
      {
        ...whole,
        score: 'rubric:safe',
        statistics: booleans(valuesOf(known, 'rubric:safe')),
        evaluations: looksOf(known, 'rubric'),
      },
      {
        ...whole,
        score: 'rubric:tone',
        statistics: {
          kind: 'category',
          count: tones.length,
          categories: ['calm', 'curt', 'warm']
            .toSorted((one, other) => times(other) - times(one))
            .map((category) => {
              const { low, high } = wilson(times(category), tones.length);
              return {
                category,
                count: times(category),
                share: times(category) / tones.length,
                shareInterval: { low: expect.closeTo(low, 9), high: expect.closeTo(high, 9), level: 0.95 },
              };
            }),
          otherCount: 0,
        },
        evaluations: looksOf(known, 'rubric'),
      },
    ]);
    expect(plan).toEqual({ rollups: true, scannedLogs: 0 });
  });

  it.each([
    { name: 'prompt version', groupBy: { property: 'PromptVersion' }, groupOf: ({ version }: KnownLog) => version },
    { name: 'a property that some have not', groupBy: { property: 'tier' }, groupOf: ({ tier }: KnownLog) => tier },
    { name: 'model', groupBy: { field: 'model' }, groupOf: ({ log }: KnownLog) => log.model },
    { name: 'user', groupBy: { field: 'userId' }, groupOf: ({ log }: KnownLog) => log.userId },
    { name: 'session', groupBy: { field: 'sessionId' }, groupOf: ({ log }: KnownLog) => log.sessionId },
    {
      name: 'evaluator version',
      groupBy: { field: 'evaluatorVersion' },
      groupOf: ({ log }: KnownLog) => `accuracy@${log.startedAtMs < START_MS + 50 * STEP_MS ? 1 : 2}`,
    },
  ])('are grouped by $name', async ({ groupBy, groupOf }) => {
    const { rows } = await ask('scores', { groupBy, scores: ['accuracy'], level: 0.9 });
    const groups = Map.groupBy(known, groupOf);
    expect(new Set(rows.map(({ group }) => group))).toEqual(new Set(groups.keys()));
    expect(rows).toHaveLength(groups.size);
    for (const { group, statistics, evaluations } of rows) {
      const logs = groups.get(group)!;
      expect(statistics).toEqual(numbers(valuesOf(logs, 'accuracy'), 0.9));
      expect(evaluations).toEqual(looksOf(logs, 'accuracy'));
    }
  });

  it('put groups beyond the limit into one', async () => {
    const { rows } = await ask('scores', { groupBy: { field: 'userId' }, groupLimit: 1, scores: ['accuracy'] });
    const [first, rest] = rows;
    expect(rows).toHaveLength(2);
    expect([first!.other, rest!.other, rest!.group]).toEqual([false, true, null]);
    const others = known.filter(({ log }) => log.userId !== first!.group);
    expect(rest!.statistics).toEqual(numbers(valuesOf(others, 'accuracy')));
    expect(rest!.evaluations).toEqual(looksOf(others, 'accuracy'));
  });

  it('hold to filter and range', async () => {
    const [fromMs, toMs] = [START_MS + 20 * STEP_MS + 1, START_MS + 200 * STEP_MS];
    const filter = {
      and: [
        { property: 'promptVersion', equals: 'v2' },
        { field: 'status', equals: 200 },
      ],
    };
    const { rows, plan } = await ask('scores', { fromMs, toMs, filter, scores: ['accuracy'] });
    const logs = known.slice(21, 200).filter(({ version, log }) => version === 'v2' && log.status === 200);
    expect(rows).toMatchObject([
      { statistics: numbers(valuesOf(logs, 'accuracy')), evaluations: looksOf(logs, 'accuracy') },
    ]);
    expect(plan).toEqual({ rollups: false, scannedLogs: logs.length });
  });

  it('are null where there is nothing, and never 0', async () => {
    const { rows } = await ask('scores', {
      filter: { field: 'userId', equals: 'nobody' },
      scores: ['rubric:safe', 'accuracy', 'unheard', 'rubric:tone'],
    });
    const row = (score: string, statistics: object | null): object => ({
      score,
      group: null,
      other: false,
      statistics,
      evaluations: null,
    });
    expect(rows).toEqual([
      row('accuracy', none.number),
      row('rubric:safe', none.boolean),
      row('rubric:tone', none.category),
      row('unheard', null),
    ]);
    expect(
      (await ask('scores', { filter: { field: 'userId', equals: 'nobody' }, groupBy: { field: 'model' } })).rows,
    ).toEqual([]);
  });

  it('show a group in which every look failed', async () => {
    const { log, outcomes } = known.find((one) => one.outcomes.get('accuracy') === 'failed')!;
    expect(outcomes.get('accuracy')).toBe('failed');
    const { rows } = await ask('scores', {
      filter: { field: 'id', equals: log.id },
      groupBy: { field: 'model' },
      scores: ['accuracy'],
    });
    expect(rows).toEqual([
      {
        score: 'accuracy',
        group: log.model,
        other: false,
        statistics: none.number,
        evaluations: { scored: 0, abstained: 0, skipped: 0, failed: 1 },
      },
    ]);
  });

  it('do not know an interval of one value, or of equal ones', async () => {
    const { log } = known.find(({ scores }) => scores.has('accuracy'))!;
    const { rows } = await ask('scores', { filter: { field: 'id', equals: log.id }, scores: ['accuracy'] });
    expect(rows[0]!.statistics).toMatchObject({ count: 1, meanInterval: null, standardDeviation: null });
  });
});

describe('statistics of logs', () => {
  it.each([
    { name: 'all', groupBy: null, groupOf: () => null },
    { name: 'models', groupBy: { field: 'model' }, groupOf: ({ log }: KnownLog) => log.model },
    { name: 'prompt versions', groupBy: { property: 'promptversion' }, groupOf: ({ version }: KnownLog) => version },
  ])('say of $name how many there are, how long they took, what they used and cost', async ({ groupBy, groupOf }) => {
    const { rows } = await askLogs('logs', { groupBy });
    const groups = Map.groupBy(known, groupOf);
    expect(rows).toHaveLength(groups.size);
    for (const row of rows) {
      const logs = groups.get(row.group)!.map(({ log }) => log);
      const of = (read: (log: KnownLog['log']) => number | null): object =>
        numbers(logs.map(read).filter((value) => value !== null));
      expect(row).toEqual({
        group: row.group,
        other: false,
        logs: logs.length,
        error: booleans(logs.map(({ status }) => status === null || status >= 400)),
        durationMs: of(({ durationMs }) => durationMs),
        firstTokenMs: of(({ firstTokenMs }) => firstTokenMs),
        costUsd: of(({ costUsd }) => costUsd),
        inputTokens: of(({ usage }) => usage && usage.inputTokens),
        cachedInputTokens: expect.objectContaining({ sum: 0, mean: 0, meanInterval: null }),
        outputTokens: of(({ usage }) => usage && usage.outputTokens),
        totalTokens: of(({ usage }) => usage && (usage.inputTokens ?? 0) + (usage.outputTokens ?? 0)),
      });
    }
  });

  it('are one row of nothing where there are none', async () => {
    const { rows } = await askLogs('logs', { fromMs: 0, toMs: 1 });
    expect(rows).toMatchObject([
      { logs: 0, error: none.boolean, durationMs: none.number, costUsd: none.number, totalTokens: none.number },
    ]);
  });
});

it('answer every example of the README', async () => {
  const readme = readFileSync(join(import.meta.dirname, '../../../README.md'), 'utf8');
  const examples = [...readme.matchAll(/^curl \$API\/(\w+) -H "\$JSON" -d '([^']*)'/gm)];
  expect(examples.map(([, path]) => path)).toEqual(['scores', 'logs', 'histogram', 'series', 'compare']);
  for (const [, path, body] of examples)
    expect(await askStatistics(api, path!, JSON.parse(body!))).toBeTypeOf('object');
});

describe('questions that cannot be answered', () => {
  it('are those whose answer would hold more than is given at once', async () => {
    const scores = Array.from({ length: 100 }, (_, index) => `score-${index}`);
    const body = { scores, groupBy: { field: 'userId' }, groupLimit: 1000 };
    const { status, text } = await api.call('POST', '/api/v1/statistics/scores', body);
    expect([status, text]).toEqual([422, expect.stringContaining('100100 descriptions, and at most 20000')]);
    await ask('scores', { ...body, groupLimit: 199 });
  });

  it.each([
    { name: 'an empty range', body: { fromMs: 5, toMs: 5 }, at: 'body.toMs' },
    { name: 'a field that nothing is grouped by', body: { groupBy: { field: 'durationMs' } }, at: 'body.groupBy' },
    { name: 'a level in per cent', body: { level: 95 }, at: 'body.level' },
    { name: 'no groups', body: { groupLimit: 0 }, at: 'body.groupLimit' },
    { name: 'what no schema knows', body: { groupby: null }, at: 'body' },
    { name: 'a filter that is none', body: { filter: { field: 'nothing', equals: 1 } }, at: 'body.filter' },
    { name: 'a NUL', body: { groupBy: { property: 'a\0' } }, at: 'body.groupBy.property' },
  ])('are refused with the place: $name', async ({ body, at }) => {
    for (const path of ['scores', 'logs']) {
      const { status, json } = await api.call('POST', `/api/v1/statistics/${path}`, body);
      expect(status).toBe(422);
      const { error } = json as { error: { code: string; details: object } };
      expect([error.code, Object.keys(error.details)[0]]).toEqual(['validation_failed', expect.stringContaining(at)]);
    }
  });
});
