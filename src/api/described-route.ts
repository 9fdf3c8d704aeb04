/**
 * Routes of our own API, /api/v1: what one takes and gives is said by zod schemas, which check what comes in and from which
 * the OpenAPI document is made (openapi.ts). What a route does stands in its file in routes/v1/.
 */
import { z } from 'zod';
import type { Principal, Scope } from '../model/key.ts';
import { json, refuse } from './answers.ts';
import { readJson } from './body.ts';
import { meantIssues } from './meant-issues.ts';
import { problemText } from './problem-text.ts';
import type { ApiContext, Route } from './route.ts';

/** One kind of answer: JSON of a schema, or another type of content. */
export interface AnswerKind {
  description: string;
  schema?: z.ZodType;
  /** Where it is not JSON: content type -> what it is. */
  content?: Record<string, string>;
}

export interface Description {
  /** First line and rest of what a reader of the document sees. */
  summary: string;
  description?: string;
  tag: string;
  params?: z.ZodObject;
  query?: z.ZodObject;
  body?: z.ZodType;
  /** Where the body is not JSON, and the handler reads it itself: content type -> what it is. */
  rawBody?: Record<string, string>;
  /** Where the body may be left out; it is then read as `{}`. */
  bodyOptional?: boolean;
  answers: Record<number, AnswerKind>;
}

export interface DescribedRoute extends Route {
  described: Description;
}

type Output<Schema> = Schema extends z.ZodType ? z.output<Schema> : undefined;

interface Given<Params, Query, Body> {
  params: Output<Params>;
  query: Output<Query>;
  body: Output<Body>;
  principal: Principal;
  context: ApiContext;
}

interface Definition<Params, Query, Body> extends Description {
  method: Route['method'];
  path: string;
  scope: Scope | undefined;
  params?: Params & z.ZodObject;
  query?: Query & z.ZodObject;
  body?: Body & z.ZodType;
  /** A Response as it is; anything else is answered as JSON with the first status of `answers`. */
  handle: (given: Given<Params, Query, Body>) => unknown;
}

export function describedRoute<Params = undefined, Query = undefined, Body = undefined>(
  definition: Definition<Params, Query, Body>,
): DescribedRoute {
  const { method, path, scope, handle, ...described } = definition;
  const success = Number(Object.keys(described.answers)[0]);
  return {
    method,
    path,
    scope,
    errors: 'own',
    described,
    async handle(context) {
      const problems: Problems = new Map();
      const params = check(described.params, context.req.param(), 'path', problems);
      const query = check(described.query, queryOf(context, problems), 'query', problems);
      const sent = described.body === undefined ? undefined : await readJson(context);
      const body = check(described.body, sent ?? (described.bodyOptional ? {} : sent), 'body', problems);
      refuse(problems);
      const given = { params, query, body, principal: context.var.principal, context } as Given<Params, Query, Body>;
      const answer = await handle(given);
      return answer instanceof Response ? answer : json(answer, success);
    },
  };
}

type Problems = Map<string, { message: string; value?: unknown }>;

/** Repeated names are refused: of two values, one would be passed over in silence. */
function queryOf(context: ApiContext, problems: Problems): Record<string, string> {
  const query = new Map<string, string>();
  for (const [name, values] of Object.entries(context.req.queries())) {
    if (values.length > 1) problems.set(`query.${name.slice(0, 100)}`, { message: 'it is there twice. Send it once' });
    query.set(name, values[0]!);
  }
  return Object.fromEntries(query);
}

function check(schema: z.ZodType | undefined, value: unknown, at: string, problems: Problems): unknown {
  if (schema === undefined) return undefined;
  const parsed = schema.safeParse(value, { error: problemText });
  if (parsed.success) return parsed.data;
  for (const issue of meantIssues(parsed.error.issues, value))
    problems.set(placeOf([at, ...issue.path]), { message: issue.message.slice(0, 500) });
  return undefined;
}

/** Such as `body.filter.and.0.field`. */
function placeOf(path: readonly PropertyKey[]): string {
  return path
    .map((part) => String(part).slice(0, 100).toWellFormed())
    .join('.')
    .slice(0, 1000);
}
