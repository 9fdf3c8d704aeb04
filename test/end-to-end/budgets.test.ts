/** Budgets on live traffic: two replicas judge for one rule, stop where its money ends, say so, and go on with more. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { dayAt } from '../../src/model/budget.ts';
import type { Explained } from '../../src/evaluation/explain.ts';

const LOGS = 12;
/** A judgment costs USD 0.00039, and may cost twice as much. */
const USAGE = { prompt_tokens: 600, completion_tokens: 500 };
const BUDGET = { perDayUsd: 0.0025 };
const PATIENCE = { timeout: 30_000, interval: 100 };

let folder: string;
let provider: LLMock;
const running: Gradeway[] = [];

beforeAll(async () => {
  provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 1 });
  const isJudging = (messages: unknown): boolean => JSON.stringify(messages).includes('You are a judge.');
  const content = JSON.stringify({ reason: 'Heard.', verdict: false });
  provider.on({ predicate: ({ messages }) => isJudging(messages) }, { content, usage: USAGE });
  provider.onMessage(/./, { content: 'Hello.' });
  await provider.start();
  folder = await mkdtemp(join(tmpdir(), 'gradeway-budgets-'));
  const evaluators = join(folder, 'evaluators');
  await mkdir(evaluators);
  const judge = 'from: refusal\nmodel: gpt-4o-mini\nmaxTokens: 1000\nonline: false\n';
  await writeFile(join(evaluators, 'polite.judge.yaml'), judge);
  await writeFile(
    join(evaluators, 'cascade.composite.yaml'),
    'returns: boolean\nsteps: [{ evaluator: polite }]\nonline: false\n',
  );
  const config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
      GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-stored',
    },
    cwd: folder,
  });
  for (let replica = 0; replica < 2; replica += 1) running.push(await startGradeway(config, { role: 'serve' }));
});
afterAll(async () => {
  for (const gradeway of running) await gradeway.close();
  await provider.stop();
  await rm(folder, { recursive: true });
});

async function ask<Answer>(method: string, path: string, body?: unknown, at = running[0]!): Promise<Answer> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(at.url + path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  return (await response.json()) as Answer;
}

async function call(user: string, at = running[0]!): Promise<string> {
  const response = await fetch(`${at.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'helicone-user-id': user },
    body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }),
  });
  await response.text();
  return response.headers.get('gradeway-id')!;
}

async function whyOf(log: string, evaluator = 'polite'): Promise<Explained> {
  const { evaluations } = await ask<{ evaluations: Explained[] }>('GET', `/api/v1/logs/${log}/evaluations`);
  return evaluations.find((one) => one.evaluator === evaluator)!;
}

const ended = async (logs: string[], evaluator?: string): Promise<string[]> =>
  (await Promise.all(logs.map((log) => whyOf(log, evaluator)))).map(({ state }) => state);
const rule = (name: string, evaluator: string, budget: object) => ({
  name,
  evaluator,
  budget,
  filter: { field: 'userId', equals: name },
});

it('what a rule may cost in a day is not exceeded by replicas together; the rest waits, says for what, and goes on with more', async () => {
  await ask('POST', '/api/v1/rules', rule('paid', 'polite', BUDGET));
  // The other replica knows of the one before it when it knows of this one.
  await ask('POST', '/api/v1/rules', { ...rule('known', 'polite', BUDGET), budget: undefined });
  await expect.poll(async () => (await whyOf(await call('known', running[1]))).state, PATIENCE).not.toBe('before_rule');
  const logs = await Promise.all(Array.from({ length: LOGS }, (_, index) => call('paid', running[index % 2])));
  // At first some wait for what is under way.
  await expect
    .poll(async () => {
      const all = await Promise.all(logs.map((log) => whyOf(log)));
      return new Set(all.map(({ state, dueAtMs }) => [state, dueAtMs].join()));
    }, PATIENCE)
    .toEqual(new Set(['scored,', `over_budget,${dayAt(Date.now()).toMs}`]));

  const states = await ended(logs);
  const scored = states.filter((state) => state === 'scored').length;
  expect(scored).toBeGreaterThan(1);
  expect(scored * 0.00039).toBeLessThanOrEqual(BUDGET.perDayUsd);
  expect(await whyOf(logs[states.indexOf('over_budget')]!)).toMatchObject({
    attempt: 0,
    dueAtMs: dayAt(Date.now()).toMs,
    reason: expect.stringMatching(
      /^The budget of rule paid is USD 0\.0025 a day, of which USD [\d.]+ are spent, and this may cost up to USD [\d.]+\.$/,
    ),
  });

  expect(await ask('GET', '/api/v1/rules/paid/spending')).toMatchObject({
    dayUsd: expect.closeTo(scored * 0.00039, 9),
    reservedUsd: 0,
    deferred: LOGS - scored,
  });
  const alert = { watch: { kind: 'budget', rule: 'paid', of: 'day' }, when: { above: 0.0005 } };
  await ask('POST', '/api/v1/alerts', { name: 'dear', ...alert, destination: 'http://127.0.0.1:9/' });
  await expect
    .poll(() => ask('GET', '/api/v1/alerts/dear'), { timeout: 60_000, interval: 500 })
    .toMatchObject({ state: 'firing', finding: { sentence: expect.stringContaining('Rule paid has spent USD') } });

  await ask('PUT', '/api/v1/rules/paid', rule('paid', 'polite', { perDayUsd: 1, perMonthUsd: 10 }));
  await expect.poll(async () => new Set(await ended(logs)), PATIENCE).toEqual(new Set(['scored']));
}, 90_000);

it('a composite may cost what its steps may, and waits where no judgment fits at all', async () => {
  await ask('POST', '/api/v1/rules', rule('poor', 'cascade', { perMonthUsd: 0.0001 }));
  const log = await call('poor');
  await expect.poll(() => ended([log], 'cascade'), PATIENCE).toEqual(['over_budget']);
  expect((await whyOf(log, 'cascade')).reason).toMatch(
    /^It may cost up to USD [\d.]+, and the budget of rule poor is USD 0\.0001 a month\.$/,
  );
}, 60_000);
