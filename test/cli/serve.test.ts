import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync } from 'node:fs';
import { type Server, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Running, run, start, workplace } from './process.ts';

let place: ReturnType<typeof workplace>;
const processes: Running[] = [];
const servers: Server[] = [];
beforeEach(() => {
  place = workplace();
});
afterEach(async () => {
  for (const { child, finished } of processes.splice(0)) {
    child.kill('SIGKILL');
    await finished;
  }
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  }
  place.remove();
});

async function serve(
  given: string[] = ['serve'],
  env: Record<string, string> = {},
): Promise<Running & { url: string }> {
  const running = start(place.folder, given, { GRADEWAY_PORT: '0', ...env });
  processes.push(running);
  const [, url] = await running.says(/listens on (http\S+)/);
  return { ...running, url: url! };
}

/** An upstream that sends its headers and then nothing. */
async function stalledUpstream(): Promise<{ url: string; called: Promise<void> }> {
  const { promise: called, resolve } = Promise.withResolvers<void>();
  const server = createServer((_incoming, outgoing) => {
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    outgoing.write('data: {}\n\n');
    resolve();
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, called };
}

describe('gradeway serve', () => {
  it.each([
    { name: 'without a command', given: [] },
    { name: 'by name', given: ['serve'] },
    { name: 'as a gateway only', given: ['gateway'] },
  ])('starts $name, greets, answers, and ends with 0 on SIGTERM', async ({ given }) => {
    writeFileSync(join(place.folder, 'evaluators/broken.ts'), 'export default {{');
    const { url, child, says, finished } = await serve(given);
    await says(/Send a first call:/);
    expect((await fetch(`${url}/healthz`)).status).toBe(200);
    child.kill('SIGTERM');
    const { code, stdout, stderr } = await finished;
    expect(code).toBe(0);
    expect(stdout).toContain(`database    sqlite:${join(place.folder, 'data/gradeway.db')}`);
    expect(stdout).toContain('not loaded  broken.ts: ');
    expect(stdout).toContain(`curl ${url}/v1/chat/completions`);
    expect(stderr).toContain('another signal ends it at once');
  });

  it.each(['SIGINT', 'SIGHUP'] as const)('ends with 0 on %s as well', async (signal) => {
    const { child, finished } = await serve();
    child.kill(signal);
    expect((await finished).code).toBe(0);
  });

  it('works on evaluations without listening', async () => {
    const running = start(place.folder, ['work']);
    processes.push(running);
    await running.says(/works on evaluations/);
    running.child.kill('SIGTERM');
    const { code, stdout } = await running.finished;
    expect(code).toBe(0);
    expect(stdout).not.toContain('http://');
  });

  it('waits for a running stream at the first signal and ends with 1 at the second', async () => {
    const upstream = await stalledUpstream();
    const { url, child, finished } = await serve(['serve'], { GRADEWAY_UPSTREAM_OPENAI_URL: upstream.url });
    const call = fetch(`${url}/v1/chat/completions`, { method: 'POST', body: '{}' }).then((answer) => answer.text());
    call.catch(() => {});
    await upstream.called;
    child.kill('SIGTERM');
    await new Promise((done) => setTimeout(done, 500));
    expect(child.exitCode).toBeNull();
    child.kill('SIGTERM');
    expect((await finished).code).toBe(1);
    await expect(call).rejects.toThrow(/terminated|fetch failed/);
  });

  it('says so where the port is taken, and ends with 64', async () => {
    const taken = createServer();
    servers.push(taken);
    taken.listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const port = String((taken.address() as AddressInfo).port);
    const { code, stderr } = await run(place.folder, ['serve'], { GRADEWAY_PORT: port });
    expect(code).toBe(64);
    expect(stderr).toContain(`127.0.0.1 port ${port} is in use`);
    expect(stderr).toContain('GRADEWAY_PORT');
  });

  it('does not open itself to others without a key, and does with one', async () => {
    const env = { GRADEWAY_HOST: '0.0.0.0' };
    const { code, stderr } = await run(place.folder, ['serve'], { ...env, GRADEWAY_PORT: '0' });
    expect(code).toBe(64);
    expect(stderr).toContain('gradeway keys create');

    const token = (await run(place.folder, ['keys', 'create', '--project', 'p', '--scope', 'read'])).stdout.trim();
    const { url, child, finished } = await serve(['serve'], env);
    const address = url.replace('0.0.0.0', '127.0.0.1');
    expect((await fetch(`${address}/v1/evals/scores`)).status).toBe(401);
    const answer = await fetch(`${address}/v1/evals/scores`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    child.kill('SIGTERM');
    const { stdout, stderr: written } = await finished;
    expect(stdout + written).not.toContain(token);
  });

  it('lets a key in that is created while it runs, and closes when it is revoked', async () => {
    const { url } = await serve();
    const scores = (headers: Record<string, string> = {}) => fetch(`${url}/v1/evals/scores`, { headers });
    expect((await scores()).status).toBe(200);
    const token = (await run(place.folder, ['keys', 'create', '--project', 'p', '--scope', 'read'])).stdout.trim();
    await expect.poll(async () => (await scores()).status, { timeout: 10_000 }).toBe(401);
    expect((await scores({ authorization: `Bearer ${token}` })).status).toBe(200);
    const [id] = /^[0-9a-f-]{36}/m.exec((await run(place.folder, ['keys', 'list'])).stdout)!;
    await run(place.folder, ['keys', 'revoke', id]);
    await expect
      .poll(async () => (await scores({ authorization: `Bearer ${token}` })).status, { timeout: 10_000 })
      .toBe(401);
    expect((await scores()).status).toBe(401);
  });

  it('stores a posted log, and shows it with its scores at once', async () => {
    const { url } = await serve();
    const body = {
      providerRequest: {
        url: 'https://api.openai.com/v1/chat/completions',
        json: { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] },
        meta: { 'Helicone-Property-City': 'Zürich' },
      },
      providerResponse: {
        json: {
          id: 'chatcmpl-posted',
          model: 'gpt-4o-mini-2024-07-18',
          choices: [{ index: 0, message: { role: 'assistant', content: 'Hi there' }, finish_reason: 'stop' }],
          usage: { prompt_tokens: 8, completion_tokens: 2, total_tokens: 10 },
        },
        status: 200,
        headers: {},
      },
    };
    const posted = await fetch(`${url}/oai/v1/log`, { method: 'POST', body: JSON.stringify(body) });
    expect([posted.status, await posted.text()]).toEqual([200, 'ok']);
    const scored = await fetch(`${url}/v1/request/chatcmpl-posted/score`, {
      method: 'POST',
      body: '{"scores":{"good":true}}',
    });
    expect(scored.status).toBe(201);
    const read = await fetch(`${url}/v1/request/${posted.headers.get('helicone-id')}`);
    expect(await read.json()).toMatchObject({
      data: {
        response_status: 200,
        model: 'gpt-4o-mini-2024-07-18',
        prompt_tokens: 8,
        completion_tokens: 2,
        properties: { city: 'Zürich' },
        scores: { 'good-hcone-bool': 1 },
        response_body: { choices: [{ message: { content: 'Hi there' } }] },
        gradeway: { log: { output: { text: 'Hi there' }, finishReason: 'stop' } },
      },
    });
  });
});

it.runIf(process.platform === 'linux')('goes on, and drains, where nothing it says can be written', async () => {
  const reserved = createServer().listen(0, '127.0.0.1');
  await once(reserved, 'listening');
  const { port } = reserved.address() as AddressInfo;
  reserved.close();
  await once(reserved, 'close');
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../bin/gradeway.js'), 'serve'], {
    cwd: place.folder,
    env: { PATH: process.env['PATH'], GRADEWAY_PORT: String(port), GRADEWAY_UPSTREAM_OPENAI_URL: 'http://127.0.0.1:9' },
    stdio: ['ignore', full, full],
  });
  closeSync(full);
  const gone = once(child, 'exit');
  const statuses: number[] = [];
  for (let tries = 0; statuses.length < 3 && tries < 200; tries += 1) {
    const answer = await fetch(`http://127.0.0.1:${port}/v1/models`).catch(() => undefined);
    if (answer) statuses.push(answer.status);
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGTERM');
  expect({ statuses, exit: await gone }).toEqual({ statuses: [502, 502, 502], exit: [0, null] });
});
