/**
 * Every route against every kind of caller. Routes come from the API itself, so that a new one is looked at without being
 * named here: what right-requests.ts does not know of it is asked for by a failing test.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiRoutes } from '../../src/api/app.ts';
import type { Route } from '../../src/api/route.ts';
import { type Scope, SCOPES } from '../../src/model/key.ts';
import type { NewLog } from '../../src/store/store.ts';
import { bury } from '../fixtures/bury.ts';
import { externalDefinition, humanDefinition, judgeDefinition } from '../fixtures/definition.ts';
import { newEvaluator } from '../fixtures/new-evaluator.ts';
import { alertSpec } from '../fixtures/new-alert.ts';
import { newLog } from '../fixtures/new-log.ts';
import { openStoreHere } from '../store/postgres-here.ts';
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts';
import { ask, filledPath, nameOf, postedRun, type Reply, rightBody, type Things } from './right-requests.ts';
import { type ServedApi, serveApi } from './served-api.ts';

/** In all that our project has, and in nothing that anybody else may see. */
const CANARY = 'canary';

/** Whoever knows an address of these may ask for it: nothing of a project is there, or a signature is needed. */
const OPEN = [
  'POST /api/v1/answers',
  'GET /api/v1/session',
  'POST /api/v1/session',
  'DELETE /api/v1/session',
  'GET /api/openapi.json',
  'GET /api/docs',
  'GET /api/docs/:file',
  'GET /healthz',
  'GET /readyz',
  'GET /v1/request/:id/body',
];

/** Routes with an id that do not answer 404 to another project's, and why not. */
const NOT_404: Record<string, { status: number; why: string; makes?: true }> = {
  'PUT /api/v1/evaluators/:evaluator': {
    status: 200,
    why: 'makes one of that name in the own project',
    makes: true,
  },
  'PUT /api/v1/alerts/:alert': { status: 200, why: 'the same', makes: true },
  'PUT /api/v1/logs/:id/scores/:name': { status: 200, why: 'kept for a log of the own project that is to come' },
  'POST /v1/request/:id/score': { status: 201, why: 'the same' },
  'POST /v1/request/:id/feedback': { status: 201, why: 'the same' },
  'POST /v1/evals/:id': { status: 201, why: 'the same' },
  'GET /v1/request/:id': { status: 200, why: 'Helicone says so by a body without data' },
  'GET /v1/session/:id/tag': { status: 200, why: 'null is what a session without a tag has, as at Helicone' },
  'DELETE /v1/webhooks/:id': { status: 201, why: 'Helicone says the same whether there was one' },
};

/** Routes that name a thing of the project in their bodies: 404 to another one's. */
const NAMED_IN_BODY = ['POST /v1/property/hide', 'POST /v1/property/restore', 'POST /api/v1/runs'];

/** Routes that end a lease: there is one, and whoever comes second is told so. */
const ONCE = new Set(
  ['lease/release', 'complete', 'answer', 'skip'].map((what) => `POST /api/v1/evaluators/:evaluator/${what}`),
);

/** Routes without an id whose answers are the same for everybody, and why. */
const SAME_FOR_ALL: Record<string, string> = {
  'POST /custom/v1/log': 'files a log in the own project',
  'POST /oai/v1/log': 'files a log in the own project',
  'POST /anthropic/v1/log': 'files a log in the own project',
  'POST /googleapis/v1/log': 'files a log in the own project',
  'POST /v1/feedback': 'keeps a score for a log of the own project',
  'PUT /api/v1/retention': 'sets days of the own project, and gives them back',
  'POST /api/v1/dead-letters/retry': 'counts what it did, here nothing in either project',
  'POST /api/v1/dead-letters/drop': 'the same',
  'GET /api/v1/logs/stream': 'tells what is to come, which log-stream.test.ts is about',
  'GET /metrics': 'counts of the process, without names of projects',
};

describe.each(['SQLite', 'PostgreSQL'])('every route over %s', (engine) => {
  let server: PostgresServer | undefined;
  let api: ServedApi;
  let routes: Route[];
  let log: NewLog;
  let webhook: string;
  let tokens: { ours: string; theirs: string; makers: string; revoked: string; only: Record<Scope, string> };
  let things: Things;
  /** A body that the route takes, by its name. */
  const bodies = new Map<string, unknown>();
  beforeAll(async () => {
    if (engine === 'PostgreSQL') server = await startPostgres();
    const url = await server?.createDatabase();
    api = await serveApi(url === undefined ? undefined : () => openStoreHere(url));
    routes = apiRoutes(api.parts);
    const { token: ours, row } = await api.createKey(['admin'], 'ours');
    const { token: theirs } = await api.createKey(['admin'], 'theirs');
    const { token: makers } = await api.createKey(['admin'], 'makers');
    const old = await api.createKey(['admin'], 'ours');
    const only: Partial<Record<Scope, string>> = {};
    for (const scope of SCOPES) only[scope] = (await api.createKey([scope], 'ours')).token;
    await api.store.keys.revoke(old.row.id, Date.now());
    await api.keys.refresh();
    tokens = { ours, theirs, makers, revoked: old.token, only: only as Record<Scope, string> };

    const named = newLog();
    const text = (what: string): string => `${CANARY}-${what}`;
    log = {
      ...named,
      projectId: row.projectId,
      startedAtMs: Date.now() - 60_000,
      userId: text('user'),
      sessionId: text('session'),
      sessionName: text('session-name'),
      sessionPath: `/${text('path')}`,
      model: text('model'),
      modelAnswered: text('model'),
      evaluators: [text('evaluator')],
      properties: new Map([[text('property'), text('value')]]),
      requestBody: Buffer.from(JSON.stringify({ messages: [{ role: 'user', content: text('input') }] })),
    };
    await bury(api.store, [log], text('failure'));
    const [letter] = await api.store.deadLetters.list(row.projectId, { evaluator: null, after: null, limit: 1 });
    const auth = { authorization: `Bearer ${ours}` };
    await api.call('PUT', `/api/v1/logs/${log.id}/scores/${text('score')}`, { value: 1, reason: text('reason') }, auth);
    const created = await api.call(
      'POST',
      '/v1/webhooks',
      { destination: `${api.url}/${text('hook')}`, config: {} },
      auth,
    );
    webhook = (created.json as { data: { id: string }[] }).data[0]!.id;

    await api.call(
      'POST',
      '/api/v1/datasets',
      { name: text('dataset'), datapoints: [{ inputs: { a: text('input') } }] },
      auth,
    );

    await api.call(
      'POST',
      '/api/v1/alerts',
      alertSpec({ name: text('alert'), description: text('description'), destination: `${api.url}/${text('hook')}` }),
      auth,
    );

    const definition = judgeDefinition({ name: text('evaluator') }, { template: text('prompt') });
    await api.call('POST', '/api/v1/evaluators', definition, auth);
    await api.define(externalDefinition({ name: 'external' }), row.projectId);
    await api.define(humanDefinition({ name: 'human', returns: 'number', options: null }), row.projectId);
    await api.store.logs.add([newLog({ projectId: row.projectId, evaluators: ['external', 'human'] })], Date.now());
    const leased = await api.call('POST', '/api/v1/evaluators/external/lease', {}, auth);
    const { lease } = (leased.json as { jobs: { lease: string }[] }).jobs[0]!;
    const claimed = await api.call('POST', '/api/v1/evaluators/human/claim', { by: 'anna' }, auth);
    const { lease: claim } = (claimed.json as { job: { lease: string } }).job;

    const rule = text('rule');
    api.evaluators.push(newEvaluator('none'));
    await api.call('POST', '/api/v1/rules', { name: rule, evaluator: 'none' }, auth);
    things = {
      rule,
      lease,
      claim,
      log,
      webhook,
      property: text('property'),
      deadLetter: letter!.id,
      dataset: text('dataset'),
      alert: text('alert'),
      evaluator: text('evaluator'),
      ...(await postedRun(api, text('dataset'), auth)),
    };
    for (const route of guarded()) bodies.set(nameOf(route), await rightBody(api, route, { things, token: ours }));
  }, 60_000);
  afterAll(async () => {
    await api.close();
    await server?.close();
  });

  /** A name is anybody's: of a project that does not have it the answer is empty. */
  const hasId = ({ path }: Route): boolean => /\/:(?!name\b)/.test(path);

  const send = (route: Route, body: unknown, token?: string): Promise<Reply> =>
    ask(api, { method: route.method, path: filledPath(route, things), body, token });

  const guarded = (): Route[] => routes.filter(({ scope }) => scope !== undefined);

  it('is open to everybody only where that is said here', () => {
    expect(new Set(routes.filter(({ scope }) => scope === undefined).map(nameOf))).toEqual(new Set(OPEN));
    expect(guarded().length).toBeGreaterThan(20);
    // What is excused below is still there.
    for (const name of [...Object.keys(NOT_404), ...Object.keys(SAME_FOR_ALL), ...NAMED_IN_BODY])
      expect(guarded().map(nameOf)).toContain(name);
  });

  it('answers 401 to no key, to one that is none, to an unknown one and to a revoked one', async () => {
    const unknown = `gw-${randomBytes(24).toString('base64url')}`;
    for (const route of guarded())
      for (const token of [undefined, 'none', unknown, tokens.revoked]) {
        const { status, text } = await send(route, {}, token);
        expect([nameOf(route), token, status]).toEqual([nameOf(route), token, 401]);
        expect(text).not.toContain(CANARY);
      }
  });

  it('answers 403 to every scope but its own and admin, whatever is asked for', async () => {
    for (const route of guarded())
      for (const scope of SCOPES) {
        const allowed = scope === 'admin' || scope === route.scope;
        // What needs no body to remove or end something is let be.
        if (allowed && (route.method === 'DELETE' || route.path.endsWith('/cancel'))) continue;
        const { status, text } = await send(route, 'neither', tokens.only[scope]);
        expect([nameOf(route), scope, status === 403, status === 401]).toEqual([nameOf(route), scope, !allowed, false]);
        expect([nameOf(route), scope, !allowed && text.includes(CANARY)]).toEqual([nameOf(route), scope, false]);
      }
  });

  it('with an id answers 404 to another project, and shows and changes nothing', async () => {
    const whole = async (): Promise<string[]> =>
      Promise.all(
        [`/api/v1/logs/${log.id}`, '/v1/webhooks', `/v1/webhooks/${webhook}/deliveries`, '/api/v1/properties'].map(
          async (path) => (await api.call('GET', path, undefined, { authorization: `Bearer ${tokens.ours}` })).text,
        ),
      );
    const before = await whole();
    expect(before.filter((text) => text.includes(CANARY))).toHaveLength(2);
    for (const route of guarded().filter(hasId)) {
      const { makes, status: expected = 404 } = NOT_404[nameOf(route)] ?? {};
      // What one route makes is not there for the others.
      const token = makes ? tokens.makers : tokens.theirs;
      const { status, text } = await send(route, bodies.get(nameOf(route)), token);
      expect([nameOf(route), status]).toEqual([nameOf(route), expected]);
      expect([nameOf(route), sentAside(text, route).includes(CANARY)]).toEqual([nameOf(route), false]);
    }
    expect(await whole()).toEqual(before);
  });

  it('without an id shows nothing of it to another project', async () => {
    for (const route of guarded().filter((one) => !hasId(one))) {
      const body = bodies.get(nameOf(route));
      const { text: ours } = await send(route, body, tokens.ours);
      const { status, text } = await send(route, body, tokens.theirs);
      const isNamed = NAMED_IN_BODY.includes(nameOf(route));
      expect([nameOf(route), status < 300, status === 404]).toEqual([nameOf(route), !isNamed, isNamed]);
      expect([nameOf(route), sentAside(text, route).includes(CANARY)]).toEqual([nameOf(route), false]);
      // An answer that is the same for both shows nothing of ours, which then is no test of hiding it.
      expect([nameOf(route), text === ours]).toEqual([nameOf(route), SAME_FOR_ALL[nameOf(route)] !== undefined]);
    }
  });

  // The last: it removes.
  it('finds with the own key what it hides from others', async () => {
    // A part of a log is removed before the log.
    const isRemoving = ({ method, path }: Route): number => (method === 'DELETE' ? 1 / path.length : 0);
    for (const route of guarded()
      .filter(hasId)
      .toSorted((one, other) => isRemoving(one) - isRemoving(other))) {
      if (nameOf(route).endsWith('/redeliver')) continue;
      const { status } = await send(route, bodies.get(nameOf(route)), tokens.ours);
      const right = ONCE.has(nameOf(route)) ? [200, 409] : [200, 201];
      expect([nameOf(route), status]).toEqual([nameOf(route), expect.toBeOneOf(right)]);
    }
  });

  /** Answers may repeat what was sent. */
  function sentAside(text: string, route: Route): string {
    const sent =
      JSON.stringify([filledPath(route, things), bodies.get(nameOf(route)) ?? null]).match(/canary[\w-]*/g) ?? [];
    return sent.reduce((rest, one) => rest.replaceAll(one, ''), text);
  }
});
