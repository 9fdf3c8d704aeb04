/** A judge that is put over the API scores live traffic, version by version, with the gateway and its worker in processes of their own. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gradeway, type Role, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import type { Score } from '../../src/model/score.ts';
import type { Row } from './running-gateway.ts';

let folder: string;
let provider: LLMock;
let gateway: Gradeway;
let worker: Gradeway | undefined;

/** With the gradeway.yaml that is in the folder. */
const start = (role: Role): Promise<Gradeway> =>
  startGradeway(
    loadConfig({
      env: {
        GRADEWAY_PORT: '0',
        GRADEWAY_DATABASE_URL: `sqlite:${join(folder, 'gradeway.db')}`,
        GRADEWAY_EVALUATORS: join(folder, 'evaluators'),
        GRADEWAY_LOG_LEVEL: 'silent',
        GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
        GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-stored',
      },
      cwd: folder,
    }),
    { role },
  );

beforeAll(async () => {
  provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 1 });
  for (const verdict of [1, 2, 3])
    provider.on(
      { predicate: ({ model }) => model === `says-${verdict}` },
      { content: JSON.stringify({ reason: 'Heard.', verdict }) },
    );
  provider.onMessage(/./, { content: 'Hello.' });
  await provider.start();
  folder = await mkdtemp(join(tmpdir(), 'gradeway-definitions-'));
  await mkdir(join(folder, 'evaluators'));
  gateway = await start('gateway');
});

afterAll(async () => {
  await worker?.close();
  await gateway.close();
  await provider.stop();
  await rm(folder, { recursive: true });
});

async function ask(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(gateway.url + path, {
    method,
    headers,
    body: body === undefined ? null : JSON.stringify(body),
  });
  expect(answer.ok, `${method} ${path}`).toBe(true);
  return answer.json();
}

const definition = (verdict: number) => ({
  kind: 'judge',
  returns: 'number',
  range: { min: 1, max: 5 },
  settings: { upstream: 'openai', model: `says-${verdict}`, template: 'How kind is this?\n{{ log.output_text }}' },
});
const put = (verdict: number, online: object | null = { sampleRate: 1 }): Promise<unknown> =>
  ask('PUT', '/api/v1/evaluators/kind', { ...definition(verdict), online });

/** Id of the log. */
async function call(): Promise<string> {
  const answer = await fetch(`${gateway.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello?' }] }),
  });
  await answer.text();
  return answer.headers.get('gradeway-id')!;
}

async function scoresOf(id: string): Promise<[version: string | null, value: Score['value']][]> {
  const { data } = (await ask('GET', `/v1/request/${id}`)) as { data: Row };
  return data.gradeway.scores.map(({ evaluatorVersion, value }) => [evaluatorVersion, value]);
}

describe('a judge that is put over the API', () => {
  it('is tried before, on a log that is there, by a gateway that evaluates nothing', async () => {
    const id = await call();
    const tried = await ask('POST', '/api/v1/evaluators/test', { definition: definition(3), logId: id });
    expect(tried).toMatchObject({ results: [{ logId: id, outcome: 'scored', scores: [{ name: 'draft', value: 3 }] }] });
    expect(await scoresOf(id)).toEqual([]);
  });

  it('scores what comes from then on, each log by the version that was the newest when it came', async () => {
    const before = await call();
    await put(1);
    const first = [await call(), await call()];
    await put(2);
    const second = await call();
    // Nobody has looked at them yet.
    expect(await ask('GET', `/api/v1/logs/${second}/evaluations`)).toMatchObject({
      evaluations: [{ state: 'queued' }],
    });
    worker = await start('work');
    await expect.poll(() => scoresOf(second), { timeout: 15_000 }).toEqual([['2', 2]]);
    for (const id of first) await expect.poll(() => scoresOf(id), { timeout: 15_000 }).toEqual([['1', 1]]);
    expect(await scoresOf(before)).toEqual([]);

    await put(3);
    const third = await call();
    await expect.poll(() => scoresOf(third), { timeout: 15_000 }).toEqual([['3', 3]]);
    expect(await scoresOf(first[0]!)).toEqual([['1', 1]]);
  });

  it('finishes what waits for it when it is deleted, and looks at nothing that comes then', async () => {
    await worker?.close();
    worker = undefined;
    const waiting = await call();
    await ask('DELETE', '/api/v1/evaluators/kind');
    const late = await call();
    worker = await start('work');
    await expect.poll(() => scoresOf(waiting), { timeout: 15_000 }).toEqual([['3', 3]]);
    expect(await ask('GET', `/api/v1/logs/${late}/evaluations`)).toMatchObject({ evaluations: [] });
  });
});

describe('a composite that is put over the API', () => {
  const steps = [{ evaluator: 'says-one', continueIf: { lt: 2 } }, { evaluator: 'says-two' }];
  const given = (settings: object, more: object = {}) => ({ kind: 'composite', returns: 'number', settings, ...more });

  it('is refused while there is nobody whom it names, and then scores live traffic step by step', async () => {
    const refused = await fetch(`${gateway.url}/api/v1/evaluators/cascade`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(given({ steps })),
    });
    expect([refused.status, await refused.json()]).toMatchObject([
      422,
      { error: { details: { 'body.settings.steps.0.evaluator': { message: expect.stringContaining('says-one') } } } },
    ]);
    for (const [name, verdict] of [
      ['says-one', 1],
      ['says-two', 2],
    ] as const)
      await ask('PUT', `/api/v1/evaluators/${name}`, definition(verdict));
    await ask('PUT', '/api/v1/evaluators/cascade', given({ steps }, { online: { sampleRate: 1 } }));
    const id = await call();
    const expected = [
      ['cascade', '1', 2],
      ['cascade:says-one', '1', 1],
      ['cascade:says-two', '1', 2],
    ];
    const scores = async () => {
      const { data } = (await ask('GET', `/v1/request/${id}`)) as { data: Row };
      return data.gradeway.scores
        .toSorted((one, other) => (one.name < other.name ? -1 : 1))
        .map(({ name, evaluatorVersion, value }) => [name, evaluatorVersion, value]);
    };
    await expect.poll(scores, { timeout: 15_000 }).toEqual(expected);
    for (const name of ['cascade', 'says-one', 'says-two']) await ask('DELETE', `/api/v1/evaluators/${name}`);
  });
});

describe('a judge in gradeway.yaml', () => {
  const write = (verdict: number): Promise<void> =>
    writeFile(
      join(folder, 'gradeway.yaml'),
      `evaluators:
  - name: configured
    kind: judge
    returns: number
    range: { min: 1, max: 5 }
    online: { sampleRate: 1 }
    settings: { upstream: openai, model: says-${verdict}, template: "{{ log.output_text }}" }
`,
    );
  const restart = async (): Promise<void> => {
    await worker?.close();
    worker = await start('work');
  };
  const listed = async () => {
    const { evaluators } = (await ask('GET', '/api/v1/evaluators')) as { evaluators: Record<string, unknown>[] };
    return evaluators.map(({ name, version, managedBy }) => [name, version, managedBy]);
  };

  it('is put at the start of one process, for all, and changed there alone', async () => {
    await write(1);
    await restart();
    expect(await listed()).toEqual([['configured', '1', 'config']]);
    const answer = await fetch(`${gateway.url}/api/v1/evaluators/configured`, { method: 'DELETE' });
    expect([answer.status, await answer.text()]).toEqual([409, expect.stringContaining('gradeway.yaml')]);
    let id = '';
    // The gateway hears of it within two seconds.
    await expect.poll(async () => (id = await heard()), { timeout: 15_000 }).not.toBe('');
    await expect.poll(() => scoresOf(id), { timeout: 15_000 }).toEqual([['1', 1]]);
    async function heard(): Promise<string> {
      const called = await call();
      const { evaluations } = (await ask('GET', `/api/v1/logs/${called}/evaluations`)) as {
        evaluations: { state: string }[];
      };
      return evaluations.some(({ state }) => state !== 'before_rule') ? called : '';
    }
    await write(2);
    await restart();
    await restart();
    expect(await listed()).toEqual([['configured', '2', 'config']]);
  });

  it('may be a step of a composite that stands before it', async () => {
    const composite = (step: string): string =>
      `evaluators:
  - { name: stairs, kind: composite, returns: number, settings: { steps: [{ evaluator: ${step} }] } }
  - name: configured
    kind: judge
    returns: number
    range: { min: 1, max: 5 }
    settings: { upstream: openai, model: says-2, template: "{{ log.output_text }}" }
`;
    await worker?.close();
    worker = undefined;
    await writeFile(join(folder, 'gradeway.yaml'), composite('configred'));
    await expect(start('work')).rejects.toThrow(
      /evaluator stairs: settings\.steps\.0\.evaluator: .*mean configured\?/s,
    );
    await writeFile(join(folder, 'gradeway.yaml'), composite('configured'));
    worker = await start('work');
    expect(await listed()).toEqual([
      ['configured', '2', 'config'],
      ['stairs', '1', 'config'],
    ]);
  });

  it('is left alone by a process whose file says nothing of evaluators, and deleted where it stands there no more', async () => {
    await writeFile(join(folder, 'gradeway.yaml'), '');
    await restart();
    expect(await listed()).toHaveLength(2);
    await writeFile(join(folder, 'gradeway.yaml'), 'evaluators: []\n');
    await restart();
    expect(await listed()).toEqual([]);
  });

  it.each([
    [
      'settings.template',
      'template: "{{ log.nope }}" }',
      /evaluator configured: settings\.template: .*no variable log\.nope/s,
    ],
    ['a project that is not there', 'template: x }, project: nowhere', /there is no project "nowhere"/],
  ])('keeps the process from starting where something is wrong: %s', async (_name, settings, says) => {
    await writeFile(
      join(folder, 'gradeway.yaml'),
      `evaluators: [{ name: configured, kind: judge, returns: boolean, settings: { upstream: openai, model: m, ${settings} }]`,
    );
    await expect(start('work')).rejects.toThrow(says);
  });
});
