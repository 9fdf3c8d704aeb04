/**
 * Requests that nobody sends by accident, to every route, a quarter of them over PostgreSQL. GRADEWAY_FUZZ_REQUESTS sends more or
 * fewer of them, GRADEWAY_FUZZ_SEED others.
 */
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiRoutes } from '../../src/api/app.ts';
import type { Route } from '../../src/api/route.ts';
import type { NewLog } from '../../src/store/store.ts';
import { type Random, seededRandom } from '../fakes/random.ts';
import { bury } from '../fixtures/bury.ts';
import { judgeDefinition } from '../fixtures/definition.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { alertSpec } from '../fixtures/new-alert.ts';
import { newLog } from '../fixtures/new-log.ts';
import { HOSTILE_KEYS, HOSTILE_TEXTS, HOSTILE_VALUES, written } from './hostile-values.ts';
import { openStoreHere } from '../store/postgres-here.ts';
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts';
import { ask, filledPath, nameOf, postedRun, rightBody, type Things } from './right-requests.ts';
import { type ServedApi, serveApi } from './served-api.ts';

const REQUESTS = Number(process.env.GRADEWAY_FUZZ_REQUESTS ?? 10_000);
const SEED = Number(process.env.GRADEWAY_FUZZ_SEED ?? 1);
const AT_ONCE = 8;

type Body = Record<string, unknown>;

const DEEP = {
  or: [
    { property: 'environment', contains: 'prod', present: true },
    { and: [{ not: { score: 'fit', gte: 0.5, source: 'api' } }, { field: 'model', in: ['gpt-4o'] }] },
    { text: 'any', contains: 'hello' },
    { evaluation: 'pii', equals: 'failed' },
  ],
};
const HELICONE = {
  left: { request_response_rmt: { model: { contains: 'gpt' }, scores: { fit: { gt: 0 } } } },
  operator: 'or',
  right: {
    left: { request_response_rmt: { properties: { environment: { equals: 'production' } } } },
    operator: 'and',
    right: { request_response_rmt: { request_created_at: { gte: '2026-01-01T00:00:00.000Z' } } },
  },
};
/** What bodies may have besides what they must; each route is asked which of these it takes. */
const FIELDS: [string, unknown][] = [
  ['filter', DEEP],
  ['filter', HELICONE],
  ['userFilter', HELICONE],
  ['sort', { created_at: 'asc' }],
  ['sort', { properties: { environment: 'desc' } }],
  ['sort', { scores: { fit: 'asc' } }],
  ['sort', { total_requests: 'desc' }],
  ['isScored', true],
  ['direction', 'asc'],
  ['format', 'csv'],
  ['bodies', true],
  ['limit', 5],
  ['offset', 2],
  ['fromMs', 0],
  ['toMs', 2e12],
  ['cursor', null],
  ['reason', 'because'],
  ['source', 'human'],
  ['groupBy', { property: 'environment' }],
  ['groupBy', { field: 'evaluatorVersion' }],
  ['groupLimit', 1],
  ['measure', { score: 'fit' }],
  [
    'measures',
    [
      { score: 'fit', higherIsBetter: null },
      { log: 'costUsd', minimumDifference: 0.5 },
    ],
  ],
  ['measures', [{ evaluation: 'pii' }, { score: 'fit' }]],
  ['scores', ['fit', 'pii:part']],
  ['bins', { width: 0.5 }],
  ['bins', { edges: [0, 1, 2] }],
  ['level', 0.99],
  ['before', { filter: DEEP, name: 'one' }],
  ['by', { property: 'environment' }],
  ['timeZone', 'Europe/Berlin'],
  ['bucket', 'day'],
  ['config', { sampleRate: 50, propertyFilters: [{ key: 'environment', value: 'production' }] }],
  ['includeData', false],
];

/** What a client should not see of our inside. */
const OURS_INSIDE = /SQLITE|better-sqlite|\bat .*\.ts:\d+|TypeError|RangeError/;

interface Sent {
  route: string;
  head: Buffer;
  body: Buffer;
}

describe.each([
  { engine: 'SQLite', requests: REQUESTS },
  { engine: 'PostgreSQL', requests: Math.ceil(REQUESTS / 4) },
])('hostile requests over $engine', ({ engine, requests }) => {
  let server: PostgresServer | undefined;
  let api: ServedApi;
  let routes: Route[];
  let things: Things;
  let ours: string;
  let theirs: { token: string; log: NewLog };
  const bodies = new Map<Route, Body | undefined>();
  /** Of each route the fields that it takes besides. */
  const more = new Map<Route, [string, unknown][]>();
  beforeAll(async () => {
    if (engine === 'PostgreSQL') server = await startPostgres();
    const url = await server?.createDatabase();
    api = await serveApi(url === undefined ? undefined : () => openStoreHere(url));
    routes = apiRoutes(api.parts);
    const [own, other] = [await api.createKey(['admin'], 'ours'), await api.createKey(['admin'], 'theirs')];
    ours = own.token;
    const log = newLog({ projectId: own.row.projectId, startedAtMs: Date.now() - 60_000, evaluators: ['tone'] });
    const foreign = newLog({ projectId: other.row.projectId, startedAtMs: Date.now() - 60_000 });
    theirs = { token: other.token, log: foreign };
    await bury(api.store, [log, foreign]);
    const page = { evaluator: null, after: null, limit: 1 };
    const [letter] = await api.store.deadLetters.list(own.row.projectId, page);
    const authorization = `Bearer ${ours}`;
    const config = { destination: `${api.url}/hook`, config: {} };
    const created = await api.call('POST', '/v1/webhooks', config, { authorization });
    const webhook = (created.json as { data: { id: string }[] }).data[0]!.id;
    await api.call('POST', '/api/v1/datasets', { name: 'faq', datapoints: [{ inputs: { a: 1 } }] }, { authorization });
    await api.call('POST', '/api/v1/evaluators', judgeDefinition(), { authorization });
    const rule = 'every-call';
    api.evaluators.push(newEvaluator('none'));
    await api.call('POST', '/api/v1/rules', { name: rule, evaluator: 'none' }, { authorization });
    const alert = alertSpec({ destination: `${api.url}/hook` });
    await api.call('POST', '/api/v1/alerts', alert, { authorization });
    things = {
      rule,
      lease: 'none',
      claim: 'none',
      log,
      webhook,
      property: 'environment',
      deadLetter: letter!.id,
      dataset: 'faq',
      alert: 'tone-drop',
      evaluator: 'polite',
      ...(await postedRun(api, 'faq', { authorization })),
    };
    for (const route of routes) {
      const body = await rightBody(api, route, { things, token: ours });
      bodies.set(route, body);
      if (body !== undefined) more.set(route, await takenFields(route, body));
    }
  });
  afterAll(async () => {
    await api.close();
    await server?.close();
  });

  async function takenFields(route: Route, body: Body): Promise<[string, unknown][]> {
    const taken: [string, unknown][] = [];
    const { method } = route;
    const path = filledPath(route, things);
    for (const [name, value] of FIELDS) {
      const { status } = await ask(api, { method, path, body: { ...body, [name]: value }, token: ours });
      if (status < 300) taken.push([name, value]);
    }
    return taken;
  }

  /** All that another project has, and what belongs to none. */
  async function untouched(): Promise<unknown> {
    const headers = { authorization: `Bearer ${theirs.token}` };
    const paths = [`/api/v1/logs/${theirs.log.id}`, '/api/v1/properties', '/api/v1/scores', '/v1/webhooks'];
    const answers = await Promise.all(paths.map((path) => api.call('GET', path, undefined, headers)));
    const { text: logs } = await api.call('POST', '/api/v1/logs/query', {}, headers);
    // When a key was last used is written a little later.
    const keys = (await api.store.keys.list()).map(({ lastUsedAtMs: _lastUsedAtMs, ...key }) => key);
    return [answers.map(({ status, text }) => [status, text]), logs, keys];
  }

  it(`are answered, ${requests} of them, without a failure of ours, and change nothing of others`, async () => {
    const before = await untouched();
    const random = seededRandom(SEED);
    const counts = new Map<number, number>();
    let left = requests;
    const client = async (): Promise<void> => {
      while (left > 0) {
        left -= 1;
        const sent = hostile(random);
        const { status, text } = await exchange(api.port, sent);
        counts.set(status, (counts.get(status) ?? 0) + 1);
        const isRight = status >= 200 && status < 500 && !OURS_INSIDE.test(text);
        const problem = `${status} ${text.slice(0, 2000)}\nto ${sent.route}: ${readable(sent.head)}${readable(sent.body)}`;
        expect(isRight ? 'answered' : problem).toBe('answered');
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, client));
    expect(api.lines).toEqual([]);
    expect(await untouched()).toEqual(before);
    // Not all of them were turned away at the door.
    expect([counts.get(200), counts.get(422)].every((count) => count! > requests / 50)).toBe(true);
    expect(Object.hasOwn(Object.prototype, 'admin')).toBe(false);
  }, 600_000);

  it('of 64 clients that give ten scores each at once leave one row a score, and nobody is told to wait', async () => {
    const log = { ...newLog(), projectId: things.log.projectId };
    const names = Array.from({ length: 10 }, (_, index) => `at-once-${index}`);
    const headers = { authorization: `Bearer ${ours}` };
    const put = (client: number): Promise<{ status: number }[]> => {
      const order = client % 2 === 0 ? names : names.toReversed();
      return Promise.all(
        order.map((name) =>
          client % 4 === 0
            ? api.call('POST', `/v1/request/${log.id}/score`, { scores: { [name]: client } }, headers)
            : api.call('PUT', `/api/v1/logs/${log.id}/scores/${name}`, { value: client }, headers),
        ),
      );
    };
    // Half of them come before their log.
    const early = Array.from({ length: 32 }, (_, client) => put(client));
    const added = api.store.logs.add([log], Date.now());
    const late = Array.from({ length: 32 }, (_, client) => put(client + 32));
    const statuses = new Set((await Promise.all([...early, ...late])).flat().map(({ status }) => status));
    await added;
    expect(statuses).toEqual(new Set([200, 201]));
    const { json } = await api.call('GET', `/api/v1/logs/${log.id}/scores`, undefined, headers);
    const { scores } = json as { scores: { name: string; value: number; source: string }[] };
    expect(scores.map(({ name }) => name)).toEqual(names);
    expect(scores.every(({ value, source }) => Number.isInteger(value) && source === 'api')).toBe(true);
    expect(api.lines).toEqual([]);
  });

  /** A right request with one to three things wrong with it. */
  function hostile(random: Random): Sent {
    const route = random.pick(routes);
    let path = filledPath(route, things);
    let body: unknown = bodies.get(route);
    const fields = more.get(route) ?? [];
    for (let left = random.between(0, 3); left > 0 && fields.length > 0; left -= 1)
      body = { ...(body as Body), ...Object.fromEntries([random.pick(fields)]) };
    let bytes: Buffer | undefined;
    const query: string[] = [];
    const headers = [['Authorization', `Bearer ${ours}`]];
    // What is removed would not be there for the next ones.
    const isRemoval = route.method === 'DELETE';
    if (isRemoval) path = withHostileSegment(path, route, random);
    for (let left = random.between(1, 3); left > 0; left -= 1) {
      const kind = random.next();
      if (kind < 0.5 && body !== undefined) body = spoiled(body, random);
      else if (kind < 0.6) path = withHostileSegment(path, route, random);
      else if (kind < 0.75)
        query.push(`${encoded(random.pick(QUERY_NAMES), random)}=${encoded(random.pick(HOSTILE_TEXTS), random)}`);
      else if (kind < 0.85) headers.push([random.pick(HEADERS), headerValue(random)]);
      else if (body !== undefined) bytes = random.pick(SPOIL_BYTES)(Buffer.from(written(body)), random);
    }
    const sent =
      route.method === 'GET' ? Buffer.alloc(0) : (bytes ?? Buffer.from(body === undefined ? '' : written(body)));
    const target = query.length === 0 ? path : `${path}?${query.join('&')}`;
    const lines = [
      `${route.method} ${target} HTTP/1.1`,
      `Host: 127.0.0.1:${api.port}`,
      'Connection: close',
      ...headers.map(([name, value]) => `${name}: ${value}`),
      `Content-Length: ${sent.length}`,
    ];
    return { route: nameOf(route), head: Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body: sent };
  }
});

const QUERY_NAMES =
  'filter fromMs toMs format bodies direction lastEventId includeBody limit cursor offset page expires project signature __proto__ constructor'.split(
    ' ',
  );
const HEADERS =
  'Last-Event-ID Content-Type Content-Encoding Authorization Helicone-Auth Gradeway-Auth Origin Accept X-Forwarded-For Helicone-Property-__proto__ Range Expect Cookie'.split(
    ' ',
  );

function headerValue(random: Random): string {
  // Line breaks and NUL end a header, or the request: that is the parser's matter.
  return random
    .pick(HOSTILE_TEXTS)
    .replaceAll(/[\r\n\0]/g, '')
    .slice(0, 4000);
}

/** Percent-encoded, sometimes twice, sometimes as bytes that are no UTF-8. */
function encoded(text: string, random: Random): string {
  const kind = random.next();
  if (kind < 0.05) return '%ff%fe%c0%80';
  if (kind < 0.1) return '%ed%a0%80';
  if (kind < 0.13) return '%zz%';
  const once = encodeURIComponent(text.toWellFormed().slice(0, 2000));
  return kind < 0.2 ? encodeURIComponent(once) : once;
}

/** Another text for a parameter; for a path without any, one more segment. */
function withHostileSegment(path: string, route: Route, random: Random): string {
  const segments = path.split('/');
  const places = route.path
    .replaceAll(/\{.*?\}(?=\/|$)/g, '')
    .split('/')
    .flatMap((segment, index) => (segment.startsWith(':') ? [index] : []));
  const text = encoded(random.pick(HOSTILE_TEXTS), random) || '%20';
  if (places.length === 0) return random.next() < 0.5 ? path : `${path}/${text}`;
  segments[random.pick(places)] = text;
  return segments.join('/');
}

/** One place of the body has another value, another name, or is gone. */
function spoiled(body: unknown, random: Random): unknown {
  if (typeof body !== 'object' || body === null || random.next() < 0.08) return random.pick(HOSTILE_VALUES);
  const entries = Object.entries(body);
  const kind = random.next();
  if (entries.length === 0 || kind < 0.25) entries.push([random.pick(HOSTILE_KEYS), random.pick(HOSTILE_VALUES)]);
  else {
    const at = random.between(0, entries.length - 1);
    const [name, value] = entries[at]!;
    if (kind < 0.35) entries[at] = [random.pick(HOSTILE_KEYS), value];
    else if (kind < 0.4) entries.splice(at, 1);
    else entries[at] = [name, kind < 0.65 ? random.pick(HOSTILE_VALUES) : spoiled(value, random)];
  }
  if (Array.isArray(body)) return entries.map(([, value]) => value as unknown);
  // As own entries, `__proto__` too.
  return Object.fromEntries(entries);
}

const SPOIL_BYTES: ((bytes: Buffer, random: Random) => Buffer)[] = [
  (bytes, random) => bytes.subarray(0, random.between(0, bytes.length)),
  (bytes, random) => Buffer.concat([bytes, random.bytes(8)]),
  (_bytes, random) => random.bytes(random.between(1, 200)),
  (bytes) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]),
  (bytes) => Buffer.from(bytes.toString(), 'utf16le'),
  (bytes) => Buffer.from(bytes.toString().replace('"', '"\xff\xfe'), 'latin1'),
  (bytes) => Buffer.from(bytes.toString().replaceAll('"', "'")),
  () => Buffer.from('['.repeat(100_000)),
  () => Buffer.from(`{"filter":${'{"not":'.repeat(100_000)}1${'}'.repeat(100_000)}}`),
  (bytes) => Buffer.from(bytes.toString().replace('{', '{"__proto__":{"x":1},"__proto__":null,')),
];

/** One request on a connection of its own; of an answer without end its beginning. */
function exchange(port: number, { head, body }: Sent): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let text = '';
    const over = (): void => {
      const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
      if (Number.isNaN(status)) reject(new Error(`no answer to ${readable(head)}${readable(body)}`));
      else resolve({ status, text });
    };
    socket.on('connect', () => {
      socket.write(head);
      socket.write(body);
    });
    socket.on('data', (bytes: Buffer) => {
      text += bytes.toString('latin1');
      if (text.includes('text/event-stream') && text.includes('\r\n\r\n')) socket.destroy();
    });
    // The server may close before it has read all of what it has refused already.
    socket.on('error', () => {});
    socket.on('close', over);
    socket.setTimeout(30_000, () => socket.destroy());
  });
}

function readable(bytes: Buffer): string {
  const text = bytes.toString('latin1');
  return text.length > 1500 ? `${text.slice(0, 1500)}... (${text.length})` : text;
}
