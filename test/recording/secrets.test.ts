/** Canaries: secrets that a call carries, each a text of its own, looked for in everything that Gradeway writes or answers. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync, zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { call } from '../fakes/http-client.ts';
import { type HttpUpstream, type SeenRequest, startHttpUpstream } from '../fakes/http-upstream.ts';
import type { GatewayProcess } from '../torture/gateway-process.ts';
import { openScene, type Scene } from '../torture/scene.ts';
import { eventually, gatewayIn } from './real-gateway.ts';

const canary = (place: string): string => `canary-${place}-5f8a1c9e7d`;

/** How a client sends them. */
const HEADERS: Record<string, string> = {
  authorization: `Bearer sk-${canary('authorization')}`,
  'x-api-key': canary('x-api-key'),
  'api-key': canary('api-key'),
  'x-goog-api-key': canary('x-goog-api-key'),
  cookie: `session=${canary('cookie')}`,
  'proxy-authorization': `Basic ${canary('proxy-authorization')}`,
  'x-custom-auth': canary('x-custom-auth'),
  'helicone-auth': `Bearer ${canary('helicone-auth')}`,
};
const QUERY = `key=${canary('query-key')}&api_key=${canary('query-api-key')}&sig=${canary('query-sig')}&access_token=${canary('query-token')}&access-token=${canary('query-hyphen')}&a%70i_key=${canary('query-encoded')}&plain=shown`;
/** Secrets that only ever travel in headers which are not stored, and that a far end does not echo. */
const NOT_ECHOED = new Set(['cookie', 'x-custom-auth', 'proxy-authorization', 'helicone-auth']);

/** The evaluator repeats all it sees: what it prints and answers is stored, too. */
const REPEATING = `export default { returns: 'category', evaluate(log) {
  const all = JSON.stringify(log);
  console.log(all);
  return { value: 'seen', reason: all };
} };`;

interface Stage {
  at: Scene;
  far: HttpUpstream;
  gateway: GatewayProcess;
}

/** The far end repeats credentials and query in its answer, and sets a cookie. */
async function stage(
  answer: (request: SeenRequest, echo: string) => { status: number; headers?: object; body: Buffer | string },
): Promise<Stage> {
  const at = await openScene({ evaluators: { 'repeating.mjs': REPEATING } });
  onTestFinished(() => at.close());
  const far = await startHttpUpstream((request, response) => {
    const echoed = Object.entries(request.headers).filter(([name]) => !NOT_ECHOED.has(name));
    const { status, headers, body } = answer(request, JSON.stringify([request.url, ...echoed]));
    response.writeHead(status, {
      'set-cookie': `id=${canary('set-cookie')}`,
      'x-secret-answer': canary('answer-header'),
      'content-type': 'application/json',
      ...headers,
    });
    response.end(body);
  });
  onTestFinished(() => far.close());
  const gateway = await gatewayIn(
    { ...at, upstream: far.url },
    {
      environment: {
        GRADEWAY_LOG_LEVEL: 'trace',
        GRADEWAY_UPSTREAM_GROQ_URL: far.url,
        GRADEWAY_UPSTREAM_GROQ_KEY: canary('stored-key'),
      },
    },
  );
  return { at, far, gateway };
}

const send = (gateway: { port: number }, path = '/v1/chat/completions'): ReturnType<typeof call> =>
  call(gateway.port, {
    path: `${path}?${QUERY}`,
    headers: { 'content-type': 'application/json', ...HEADERS },
    body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hello there' }] }),
  });

/** Canaries in everything below the folder (bodies unpacked), in the output, and in what the API answers. */
async function findings({ at, gateway }: Stage, ids: (string | string[] | undefined)[]): Promise<string[]> {
  const sinks: [string, Buffer][] = [['output', Buffer.from(gateway.output())]];
  for (const name of readdirSync(at.folder))
    if (statSync(join(at.folder, name)).isFile()) sinks.push([name, readFileSync(join(at.folder, name))]);
  const database = new Database(at.database(), { readonly: true });
  const blocks = database.prepare('select bytes from blocks').pluck().all() as Buffer[];
  for (const block of blocks) sinks.push(['bodies', zstdDecompressSync(block)]);
  database.close();
  if (gateway.isRunning()) {
    for (const path of [
      '/metrics',
      '/readyz',
      '/v1/evals/scores',
      ...ids.map((id) => `/v1/request/${String(id)}?includeBody=true`),
    ])
      sinks.push([path, (await call(gateway.port, { path })).body]);
  }
  return sinks.flatMap(([name, bytes]) =>
    [...bytes.toString('latin1').matchAll(/canary-[a-z-]+-5f8a1c9e7d/g)].map(([found]) => `${found} in ${name}`),
  );
}

async function evaluated(at: Scene, logs: number): Promise<void> {
  const database = new Database(at.database(), { readonly: true });
  await eventually(
    () => database.prepare('select count(*) from evaluations').pluck().get() === logs,
    'all are evaluated',
  );
  database.close();
}

describe('no secret of a call is found anywhere', () => {
  it.each([
    {
      name: 'echoed in an error',
      answer: (_: SeenRequest, echo: string) => ({
        status: 401,
        body: `{"error":{"message":${JSON.stringify(`Incorrect API key: ${echo}`)}}}`,
      }),
    },
    {
      name: 'echoed in a compressed error',
      answer: (_: SeenRequest, echo: string) => ({
        status: 401,
        headers: { 'content-encoding': 'gzip' },
        body: gzipSync(JSON.stringify({ error: echo })),
      }),
    },
    {
      name: 'echoed in a stream',
      answer: (_: SeenRequest, echo: string) => ({
        status: 200,
        headers: { 'content-type': 'text/event-stream' },
        body: `data: ${JSON.stringify({ choices: [{ delta: { content: echo } }] })}\n\ndata: [DONE]\n\n`,
      }),
    },
    {
      name: 'echoed in an answer that is no JSON',
      answer: (_: SeenRequest, echo: string) => ({
        status: 500,
        headers: { 'content-type': 'text/html' },
        body: `<pre>${echo}</pre>`,
      }),
    },
  ])('$name', { timeout: 60_000 }, async ({ answer }) => {
    const set = await stage(answer);
    const answers = [await send(set.gateway), await send(set.gateway), await send(set.gateway, '/openai/v1/responses')];
    // The client itself has everything as the far end sent it.
    expect(answers[0]!.headers['set-cookie']).toEqual([`id=${canary('set-cookie')}`]);
    expect(set.far.seen[0]!.headers.authorization).toContain(canary('authorization'));
    expect(set.far.seen[0]!.url).toContain(canary('query-key'));
    expect(set.far.seen[0]!.headers['helicone-auth']).toBeUndefined();
    const groq = await call(set.gateway.port, { path: '/groq/v1/chat/completions', body: '{}' });
    expect(set.far.seen.at(-1)!.headers.authorization).toContain(canary('stored-key'));
    await evaluated(set.at, 4);
    expect(
      await findings(
        set,
        [...answers, groq].map(({ headers }) => headers['helicone-id']),
      ),
    ).toEqual([]);
    expect(readFileSync(`${set.at.database()}-wal`).includes('plain=shown')).toBe(true);
    await set.gateway.end();
    expect(await findings(set, [])).toEqual([]);
  });

  it('in the notes of long calls, nor in what a restart makes of them', { timeout: 60_000 }, async () => {
    const set = await stage(() => ({ status: 200, body: '{}' }));
    set.far.answer((_request, response) => void response.writeHead(200, { 'content-type': 'text/plain' }).write('...'));
    const echoing = (encoding: string | undefined): Promise<unknown> => {
      const body = JSON.stringify({ messages: [{ role: 'user', content: `my key is ${HEADERS.authorization}` }] });
      const headers = {
        'content-type': 'application/json',
        ...HEADERS,
        ...(encoding && { 'content-encoding': encoding }),
      };
      return call(set.gateway.port, {
        path: `/v1/chat/completions?${QUERY}&again=sk-${canary('authorization')}`,
        headers,
        body: encoding ? gzipSync(body) : body,
      }).catch(() => undefined);
    };
    const running = [echoing(undefined), echoing('gzip')];
    const database = new Database(set.at.database(), { readonly: true });
    await eventually(() => database.prepare('select count(*) from started').pluck().get() === 2, 'both are noted');
    const notes = database.prepare('select log from started').pluck().all() as Buffer[];
    expect(notes.map((note) => note.includes('canary-'))).toEqual([false, false]);
    await set.gateway.kill();
    await Promise.all(running);
    expect(await findings(set, [])).toEqual([]);
    const gateway = await gatewayIn({ ...set.at, upstream: set.far.url });
    await evaluated(set.at, 2);
    expect(database.prepare('select ending from logs').pluck().all()).toEqual(['interrupted', 'interrupted']);
    database.close();
    expect(await findings({ ...set, gateway }, [])).toEqual([]);
    await gateway.end();
  });

  it.runIf(process.platform === 'linux' && existsSync('/usr/bin/prlimit'))(
    'in the spool',
    { timeout: 60_000 },
    async () => {
      const set = await stage((_request, echo) => ({ status: 401, body: JSON.stringify({ error: echo }) }));
      await send(set.gateway);
      await evaluated(set.at, 1);
      await sleep(200);
      execFileSync('prlimit', [
        '--pid',
        String(set.gateway.pid),
        `--fsize=${statSync(`${set.at.database()}-wal`).size}:`,
      ]);
      const answers = [await send(set.gateway), await send(set.gateway)];
      expect(answers[1]!.headers['gradeway-log']).toBe('spooled');
      const spools = readdirSync(set.at.folder).filter((name) => name.includes('.spool.'));
      expect(spools).toHaveLength(1);
      expect(readFileSync(join(set.at.folder, spools[0]!)).includes('hello there')).toBe(true);
      expect(await findings(set, [])).toEqual([]);
      await set.gateway.kill();
    },
  );

  it('where the far end cannot be reached, or the call is refused', { timeout: 60_000 }, async () => {
    const set = await stage(() => ({ status: 200, body: '{}' }));
    await set.far.close();
    const answers = [
      await send(set.gateway),
      await send(set.gateway, '/nowhere/at/all'),
      await send(set.gateway, '/v1/../x'),
    ];
    expect(answers[0]!.status).toBe(502);
    for (const { body } of answers) expect(body.toString()).not.toContain('canary-');
    await sleep(500);
    expect(
      await findings(
        set,
        answers.map(({ headers }) => headers['helicone-id']),
      ),
    ).toEqual([]);
    await set.gateway.end();
  });
});
