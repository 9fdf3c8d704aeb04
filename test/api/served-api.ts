/** The API on a real socket over a real store, as tests use it. What is not the API's own is answered as if from upstream. */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ApiParts, type Health, createApi } from '../../src/api/app.ts';
import { KeyRing } from '../../src/api/auth.ts';
import { createKey } from '../../src/api/keys.ts';
import { createLogger, createMetrics } from '../../src/diagnostics.ts';
import { readDirectives } from '../../src/gateway/directives.ts';
import { LOGGED_RESPONSE_HEADERS } from '../../src/gateway/headers.ts';
import type { Definition } from '../../src/model/definition.ts';
import { attempt } from '../../src/evaluation/attempt.ts';
import { type Evaluators, type Problem, startEvaluators } from '../../src/evaluation/evaluators.ts';
import type { CallModel, ModelAccess } from '../../src/evaluation/model-call.ts';
import type { Evaluator } from '../../src/model/evaluator.ts';
import type { Exchange } from '../../src/model/exchange.ts';
import { newId } from '../../src/model/id.ts';
import type { Rule } from '../../src/model/rule.ts';
import type { Scope } from '../../src/model/key.ts';
import { openStore } from '../../src/store/open.ts';
import { addressPolicy, LOOPBACK } from '../../src/outbound/address-policy.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { DEFAULT_PROJECT, type KeyRow, type Store } from '../../src/store/store.ts';

export const BODY_SECRET = randomBytes(32);

export interface ServedApi {
  url: string;
  port: number;
  parts: ApiParts;
  store: Store;
  keys: KeyRing;
  metrics: ReturnType<typeof createMetrics>;
  /** What the async endpoints handed on. */
  recorded: Exchange[];
  /** Lines of the process log. */
  lines: string[];
  health: Health;
  /** Those that the API knows of. */
  evaluators: Evaluator[];
  problems: Problem[];
  /** Those of gradeway.yaml. */
  configuredRules: Rule[];
  /** What judges ask. */
  callModel: CallModel;
  /** A path with a JSON body where one is given. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Puts a definition, in the default project where none is named; answers its version. */
  define(definition: Definition, projectId?: string): Promise<string>;
  /** There may be new jobs. */
  wake(): void;
  /** As at a shutdown. */
  end(): void;
  createKey(scopes: Scope[], project?: string): Promise<{ token: string; row: KeyRow }>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** The body as JSON; undefined where it is none. */
  json: unknown;
}

/** Over a store in a file that is new, or the one that `open` gives; it is closed with the API. */
export async function serveApi(open?: () => Promise<Store>): Promise<ServedApi> {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-api-'));
  const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
  const inFile = (): Promise<Store> =>
    openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') }, { textReader });
  const store = await (open ?? inFile)();
  const lines: string[] = [];
  const logger = createLogger('info', { write: (line: string) => void lines.push(line) });
  const keys = await KeyRing.open({ keys: store.keys, logger });
  const metrics = createMetrics({ processMetrics: false });
  const recorded: Exchange[] = [];
  const served = {
    health: { ready: true, checks: { store: 'ok' } } as Health,
    evaluators: [] as Evaluator[],
    problems: [] as Problem[],
    configuredRules: [] as Rule[],
    callModel: (async () => undefined) as CallModel,
  };
  let started: Promise<Evaluators> | undefined;
  const models: ModelAccess = {
    upstreams: new Map([['openai', 'openai']]),
    callModel: async (call) => served.callModel(call),
  };
  const evaluation = (): Promise<Evaluators> => (started ??= startEvaluators({ folder, watch: false, models }));
  const sender = new Sender({ policy: addressPolicy(LOOPBACK), timeoutMs: 2000 });
  const ending = new AbortController();
  const jobsListeners: (() => void)[] = [];
  const parts: ApiParts = {
    store,
    evaluators: () => served.evaluators,
    evaluation: {
      problems: () => served.problems,
      check: async (proposed) => (await evaluation()).check(proposed),
      attempt: async (one) => attempt(await evaluation(), one),
      changed: async () => {},
      wake: () => {},
    },
    upstreams: new Map([['openai', 'openai']]),
    ending: ending.signal,
    bodySecret: BODY_SECRET,
    tokenSecret: randomBytes(32),
    onJobs: (listener) => void jobsListeners.push(listener),
    redact: (text) => text.replaceAll('struck out', '[redacted]'),
    retention: { bodyDays: 30, logDays: 0 },
    rules: { configured: () => served.configuredRules, changed: async () => {} },
    webhooks: {
      policy: addressPolicy(LOOPBACK),
      send: (message) => sender.send(message),
      changed: async () => {},
      wake: () => {},
    },
    authenticate: (token) => keys.authenticate(token),
    holderOf: (keyId) => keys.holderOf(keyId),
    record: async (exchange) => void recorded.push(exchange),
    readDirectives,
    loggedResponseHeaders: LOGGED_RESPONSE_HEADERS,
    health: async () => served.health,
    metrics,
    logger,
  };
  const api = createApi(parts);
  const server = createServer((incoming, outgoing) => {
    if (api.handles(incoming.method!, incoming.url!)) api.listener(incoming, outgoing);
    else outgoing.writeHead(299).end('upstream');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;

  return Object.assign(served, {
    url,
    port,
    parts,
    store,
    keys,
    metrics,
    recorded,
    lines,
    async call(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
      const sent =
        body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
      const response = await fetch(url + path, { method, headers, body: sent as string | undefined });
      const text = await response.text();
      let json: unknown;
      try {
        json = JSON.parse(text);
      } catch {
        json = undefined;
      }
      return { status: response.status, headers: response.headers, text, json };
    },
    end: () => ending.abort(),
    async define(definition: Definition, projectId: string = DEFAULT_PROJECT.id) {
      const options = { managedBy: 'api', online: null, most: 1000, nowMs: Date.now() } as const;
      const put = await store.definitions.put(projectId, definition, options);
      if ('refused' in put) throw new Error(put.refused);
      return put.version;
    },
    wake: () => jobsListeners.forEach((listener) => listener()),
    async createKey(scopes: Scope[], project = 'default') {
      const { token, hash, last4 } = createKey();
      const row = await store.keys.create(
        { id: newId(), project, name: '', hash, last4, scopes, createdAtMs: Date.now() },
        project === DEFAULT_PROJECT.name ? DEFAULT_PROJECT.id : newId(),
      );
      await keys.refresh();
      return { token, row };
    },
    async close() {
      ending.abort();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await keys.close();
      await sender.close();
      await (await started)?.close();
      await store.close();
      rmSync(folder, { recursive: true });
    },
  });
}
