/** What a route is: one method and path, the scope it needs, how its errors look, and its handler. */
import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import type { Logger, Metrics } from '../diagnostics.ts';
import type { Attempt } from '../evaluation/attempt.ts';
import type { Proposed } from '../evaluation/check.ts';
import type { Fault, Problem, Result } from '../evaluation/kind.ts';
import type { Definition } from '../model/definition.ts';
import type { Directives } from '../model/directives.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Exchange, Provider } from '../model/exchange.ts';
import type { Principal, Scope } from '../model/key.ts';
import type { Rule } from '../model/rule.ts';
import type { Retention } from '../store/retention.ts';
import type { Store } from '../store/store.ts';
import type { AddressPolicy } from '../outbound/address-policy.ts';
import type { Message, Sent } from '../webhooks/sender.ts';

export type ApiContext = Context<{ Bindings: HttpBindings; Variables: { principal: Principal } }>;

export interface Health {
  ready: boolean;
  /** What was looked at: name -> what was found, such as `{ store: 'ok', oldestPendingJobSeconds: 3 }`. */
  checks: Record<string, string | number | boolean | null>;
}

export interface WebhookParts {
  /** Where webhooks may lead. */
  policy: AddressPolicy;
  /** Sends one message and waits for what comes of it. Never rejects. */
  send(message: Message): Promise<Sent>;
  /** Webhooks were written; resolves when the calls that end from now on are matched against them. */
  changed(): Promise<void>;
  /** There may be deliveries to be sent. */
  wake(): void;
}

/** What runs evaluators, as the API asks it. */
export interface EvaluationParts {
  /** Evaluators that cannot be run, of all projects. */
  problems(): readonly Problem[];
  /** The definition as it is to be stored, or what is wrong with it. */
  check(proposed: Proposed): Promise<Definition | Fault>;
  /** What comes of each subject; nothing is stored. Rejects with `draining`. */
  attempt(attempt: Attempt): Promise<Result[]>;
  /** Evaluators were put or deleted; resolves when the calls that end from now on are given to those that there are. */
  changed(): Promise<void>;
  /** There may be jobs to be run. */
  wake(): void;
}

export interface RuleParts {
  /** Those of gradeway.yaml, which hold for every project. */
  configured(): readonly Rule[];
  /** Rules were written; resolves when the calls that end from now on are decided by them. */
  changed(): Promise<void>;
}

/** What the API is made of; compose.ts puts it together. */
export interface ApiParts {
  store: Pick<
    Store,
    | 'alerts'
    | 'audit'
    | 'budgets'
    | 'datasets'
    | 'deadLetters'
    | 'definitions'
    | 'deliveries'
    | 'edits'
    | 'jobs'
    | 'logs'
    | 'pauses'
    | 'questions'
    | 'removals'
    | 'retention'
    | 'ruleDays'
    | 'rules'
    | 'runs'
    | 'scores'
    | 'webhooks'
  >;
  /** Those that there are now, of all projects. */
  evaluators(): Evaluator[];
  evaluation: EvaluationParts;
  /** Wire formats of the configured upstreams, by name. */
  upstreams: ReadonlyMap<string, Provider>;
  /** Who shows this key; undefined where a key is needed and this is none. See auth.ts. */
  authenticate(token: string | undefined): Principal | undefined | Promise<Principal | undefined>;
  /** Who holds the key of this id; undefined where it is revoked or none. */
  holderOf(keyId: string): Principal | undefined;
  /** Files a call that did not pass the proxy; resolves when its log is safe. */
  record(exchange: Exchange): Promise<void>;
  /** Reads `helicone-*` and `gradeway-*` pairs (lower-case name, value, name, value) as the proxy does. */
  readDirectives(pairs: readonly string[], id: string): { directives: Directives; ignored: string | undefined };
  /** Lower-case names of the response headers that a log keeps. */
  loggedResponseHeaders: readonly string[];
  /** What /readyz answers; never rejects. */
  health(): Promise<Health>;
  /** Signs addresses of bodies; see body-url.ts. */
  bodySecret: Uint8Array;
  /** Signs tokens; see signed-token.ts. */
  tokenSecret: Uint8Array;
  /** Calls back whenever there may be new jobs. */
  onJobs(listener: () => void): void;
  rules: RuleParts;
  webhooks: WebhookParts;
  /** A text without what the rules of redaction strike out. */
  redact(text: string): string;
  /** Where the built dashboard is, if not in its usual place. */
  dashboardFolder?: string;
  /** How long logs are kept where a project has settled nothing. */
  retention: Retention;
  /** Aborted when the process is about to end: what would go on for ever ends then. */
  ending: AbortSignal;
  metrics: Metrics;
  logger: Pick<Logger, 'error'>;
}

/** `own` is that of /api/v1: `{ error: { code, message, details } }`. */
export type ErrorShape = 'plain' | 'asyncLog' | 'own';

export interface Route {
  /** GET serves HEAD too. */
  method: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** Segments that begin with `:` are parameters; a pattern in braces may narrow one down: `:id{[0-9]+}`. */
  path: string;
  /** Undefined: open to everybody. */
  scope: Scope | undefined;
  /** How errors look; Helicone's usual shapes where left out. */
  errors?: ErrorShape;
  handle(context: ApiContext): Response | Promise<Response>;
}
