/** Evaluators that are paused on live traffic: by what their provider says, by failing again and again, and until they are resumed. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';

const LOGS = 25;
const PATIENCE = { timeout: 30_000, interval: 50 };

let folder: string;
let provider: LLMock;
let gradeway: Gradeway;
let hasKey = false;
let judged = 0;

beforeAll(async () => {
  provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 1 });
  const isJudging = (messages: unknown): boolean => {
    const is = JSON.stringify(messages).includes('You are a judge.');
    if (is) judged += 1;
    return is;
  };
  provider.on(
    { predicate: ({ messages }) => !hasKey && isJudging(messages) },
    { error: { message: 'Incorrect API key provided.', type: 'auth', code: 'invalid_api_key' }, status: 401 },
  );
  const verdict = JSON.stringify({ reason: 'Heard.', verdict: false });
  provider.on({ predicate: ({ messages }) => isJudging(messages) }, { content: verdict });
  provider.onMessage(/./, { content: 'Hello.' });
  await provider.start();

  folder = await mkdtemp(join(tmpdir(), 'gradeway-pauses-'));
  const evaluators = await mkdtemp(join(folder, 'evaluators-'));
  const write = (file: string, source: string): Promise<void> => writeFile(join(evaluators, file), source);
  await write('polite.judge.yaml', 'from: refusal\nmodel: gpt-4o-mini\n');
  await write('broken.js', `export default { returns: 'number', evaluate() { throw new Error('no'); } };`);
  await write('length.js', `export default { returns: 'number', evaluate: (log) => log.output.text.length };`);
  const config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_DATABASE_URL: `sqlite:${join(folder, 'gradeway.db')}`,
      GRADEWAY_EVALUATORS: evaluators,
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
      GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-stored',
    },
    cwd: folder,
  });
  gradeway = await startGradeway(config, { role: 'serve' });
});
afterAll(async () => {
  await gradeway.close();
  await provider.stop();
  await rm(folder, { recursive: true });
});

async function call(method: string, path: string, body?: unknown): Promise<{ json: unknown; id: string | null }> {
  const response = await fetch(gradeway.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return { json: await response.json(), id: response.headers.get('gradeway-id') };
}

const ask = async (): Promise<string> =>
  (await call('POST', '/v1/chat/completions', { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })).id!;
const stateOf = async (name: string): Promise<unknown> => (await call('GET', `/api/v1/evaluators/${name}`)).json;
const scored = async (id: string): Promise<string[]> => {
  const { json } = await call('GET', `/api/v1/logs/${id}/evaluations`);
  const { evaluations } = json as { evaluations: { evaluator: string; state: string }[] };
  return evaluations.filter(({ state }) => state === 'scored').map(({ evaluator }) => evaluator);
};

it('an evaluator that cannot work is paused, says why, loses no job, delays no other and goes on when it is resumed', async () => {
  const ids = await Promise.all(Array.from({ length: LOGS }, ask));
  await expect
    .poll(() => stateOf('polite'), PATIENCE)
    .toMatchObject({
      state: 'paused',
      pause: { cause: 'provider_unauthorized', reason: 'The provider answered 401: Incorrect API key provided.' },
    });
  await expect
    .poll(() => stateOf('broken'), PATIENCE)
    .toMatchObject({
      state: 'paused',
      pause: { cause: 'failures', reason: 'It failed 20 times in a row, the last time with threw.' },
    });
  for (const id of ids) await expect.poll(() => scored(id), PATIENCE).toEqual(['length']);

  const { json } = await call('GET', `/api/v1/logs/${ids.at(-1)}/evaluations`);
  const [broken, , polite] = (json as { evaluations: unknown[] }).evaluations;
  expect([broken, polite]).toMatchObject([
    { evaluator: 'broken', state: 'paused', reason: expect.stringContaining('20 times in a row') },
    { evaluator: 'polite', state: 'paused', reason: expect.stringContaining('401') },
  ]);

  const before = judged;
  const late = await ask();
  await expect.poll(() => scored(late), PATIENCE).toEqual(['length']);
  expect(judged).toBe(before);

  hasKey = true;
  expect((await call('POST', '/api/v1/evaluators/polite/resume')).json).toEqual({ name: 'polite', resumed: true });
  for (const id of [...ids, late]) await expect.poll(() => scored(id), PATIENCE).toEqual(['length', 'polite']);
  expect(await stateOf('polite')).toMatchObject({ state: 'ready', pause: null });
}, 90_000);
