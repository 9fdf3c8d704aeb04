/** Rules on live traffic: put over the API, from gradeway.yaml, and seen by another process. */
import { once } from 'node:events';
import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { type Config, loadConfig } from '../../src/config.ts';
import type { Explained } from '../../src/evaluation/explain.ts';

const EVALUATOR = `export default { online: false, returns: 'number', evaluate: (log) => log.output.text.length };`;
const ANSWER = JSON.stringify({ choices: [{ message: { role: 'assistant', content: 'four' } }] });

let folder: string;
let upstream: Server;
let config: Config;
const running: Gradeway[] = [];

beforeAll(async () => {
  upstream = createServer((incoming, outgoing) => {
    incoming.resume().on('end', () => outgoing.setHeader('content-type', 'application/json').end(ANSWER));
  });
  upstream.listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  folder = await mkdtemp(join(tmpdir(), 'gradeway-rules-'));
  await mkdir(join(folder, 'evaluators'));
  for (const name of ['length', 'other']) await writeFile(join(folder, 'evaluators', `${name}.js`), EVALUATOR);
  await writeFile(
    join(folder, 'gradeway.yaml'),
    'rules:\n  - name: urgent\n    evaluator: other\n    filter: { property: urgent, equals: "yes" }\n',
  );
  config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_UPSTREAM_OPENAI_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    },
    cwd: folder,
  });
  for (let replica = 0; replica < 2; replica += 1) running.push(await startGradeway(config, { role: 'serve' }));
});

afterAll(async () => {
  for (const gradeway of running) await gradeway.close();
  upstream.close();
  upstream.closeAllConnections();
  await rm(folder, { recursive: true });
});

async function ask(method: string, path: string, body?: unknown, at = running[0]!): Promise<unknown> {
  const response = await fetch(at.url + path, {
    method,
    headers: { 'content-type': 'application/json' },
    body: body === undefined ? null : JSON.stringify(body),
  });
  return response.json();
}

/** A call, and the id of its log. */
async function call(properties: Record<string, string> = {}, at = running[0]!): Promise<string> {
  const headers = Object.fromEntries(
    Object.entries(properties).map(([name, value]) => [`helicone-property-${name}`, value]),
  );
  const response = await fetch(`${at.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...headers, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }] }),
  });
  await response.text();
  return response.headers.get('gradeway-id')!;
}

async function whyOf(log: string, evaluator: string): Promise<Explained> {
  const { evaluations } = (await ask('GET', `/api/v1/logs/${log}/evaluations`)) as { evaluations: Explained[] };
  return evaluations.find((one) => one.evaluator === evaluator)!;
}

async function stateOf(log: string, evaluator: string): Promise<string> {
  return (await whyOf(log, evaluator)).state;
}

describe('rules on live traffic', () => {
  it('send calls to an evaluator that is offline by itself from the answer of the API on, until they are removed', async () => {
    const before = await call();
    expect(await stateOf(before, 'length')).toBe('offline');
    await ask('POST', '/api/v1/rules', { name: 'r', evaluator: 'length', filter: { property: 'plan', equals: 'pro' } });
    const [pro, free] = [await call({ plan: 'pro' }), await call({ plan: 'free' })];
    await expect.poll(() => stateOf(pro, 'length'), { timeout: 10_000 }).toBe('scored');
    expect(await stateOf(free, 'length')).toBe('not_matched');
    await ask('DELETE', '/api/v1/rules/r');
    expect(await stateOf(await call({ plan: 'pro' }), 'length')).toBe('offline');
  });

  it('of gradeway.yaml hold, and are shown as its', async () => {
    const [urgent, usual] = [await call({ urgent: 'yes' }), await call()];
    await expect.poll(() => stateOf(urgent, 'other'), { timeout: 10_000 }).toBe('scored');
    expect(await stateOf(usual, 'other')).toBe('not_matched');
    expect(await ask('GET', '/api/v1/rules')).toMatchObject({ rules: [{ name: 'urgent', managedBy: 'config' }] });
  });

  it('are known to another process within two seconds or so', async () => {
    await ask('POST', '/api/v1/rules', { name: 'r', evaluator: 'length' });
    await expect
      .poll(async () => stateOf(await call({}, running[1]), 'length'), { timeout: 4000, interval: 100 })
      .not.toBe('before_rule');
  });
});

describe('a number a day', () => {
  it('holds for two processes together, and is explained', async () => {
    await ask('DELETE', '/api/v1/rules/r');
    await ask('POST', '/api/v1/rules', { name: 'few', evaluator: 'length', perDay: 3 });
    const logs: string[] = [];
    for (let count = 0; count < 30; count += 1) logs.push(await call());
    // The other one goes by the rule before this for a while.
    await expect
      .poll(async () => stateOf(await call({}, running[1]), 'length'), { timeout: 5000, interval: 100 })
      .toBe('sampled_out');
    for (let count = 0; count < 40; count += 1) logs.push(await call({}, running[count % 2]));
    const told = await Promise.all(logs.map((log) => whyOf(log, 'length')));
    const taken = told.filter(({ state }) => state !== 'sampled_out').length;
    expect(taken).toBeGreaterThan(0);
    expect(taken).toBeLessThanOrEqual(3);
    const day = told.find(({ state }) => state === 'sampled_out')!.rules.find(({ rule }) => rule === 'few')!
      .sampling!.day!;
    expect(day).toMatchObject({ perDay: 3, date: new Date().toISOString().slice(0, 10) });
    expect(day.taken).toBeGreaterThanOrEqual(taken);
    expect(day.taken).toBeLessThanOrEqual(3);
    expect(day.usedUpAtMs === null).toBe(day.taken! < 3);
  });
});

describe('a rule of gradeway.yaml', () => {
  it('on an evaluator that needs a target keeps the gateway from starting, with the reason', async () => {
    const judges = join(folder, 'judges');
    await mkdir(judges);
    await writeFile(join(judges, 'right.judge.yaml'), 'from: correctness\nmodel: m\n');
    const rules = config.rules.map((rule) => ({ ...rule, evaluator: 'right' }));
    const wrong = { ...config, rules, evaluators: { ...config.evaluators, folder: judges } };
    await expect(startGradeway(wrong, { role: 'serve' })).rejects.toThrow('a target, which a live log has not');
  });
});
