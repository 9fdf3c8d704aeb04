/**
 * The OpenAPI 3.1 document of /api/v1, made from the schemas that check what comes in. 3.1 describes values in JSON Schema
 * 2020-12, which is what zod writes: nothing is translated, so nothing can say anything else than the code does.
 */
import { z } from 'zod';
import { ERRORS } from '../errors.ts';
import { filterNode, filterSchema } from '../model/filter.ts';
import type { AnswerKind, DescribedRoute, Description } from './described-route.ts';

type Json = Record<string, unknown>;
type Direction = 'input' | 'output';

export const errorSchema = z
  .object({
    error: z.object({
      code: z.enum(Object.keys(ERRORS)).describe('What happened; never changes its meaning.'),
      message: z.string().describe('What was wrong and what to do.'),
      details: z
        .record(z.string(), z.object({ message: z.string(), value: z.unknown().optional() }))
        .optional()
        .describe('What was wrong with which part of the request.'),
    }),
  })
  .meta({ id: 'Error' });

export function openApiDocument(routes: readonly DescribedRoute[], version: string): Json {
  const schemas = new Map<string, unknown>();
  const paths = new Map<string, Json>();
  const tags = new Set<string>();
  for (const route of routes) {
    tags.add(route.described.tag);
    const path = route.path.replaceAll(/:([A-Za-z]+)(\{[^}]*\})?/g, '{$1}');
    const operation = operationOf(route, schemas);
    paths.set(path, { ...paths.get(path), [route.method.toLowerCase()]: operation });
  }
  return {
    openapi: '3.1.1',
    info: {
      title: 'Gradeway',
      version,
      description:
        "Logs of model calls, their scores, and answers about both. A key goes into `Authorization: Bearer`, where keys exist. Helicone's paths, which work too, stand in the README.",
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    tags: [...tags].map((name) => ({ name })),
    paths: Object.fromEntries(paths),
    components: {
      schemas: Object.fromEntries([...schemas].toSorted(([one], [other]) => (one < other ? -1 : 1))),
      securitySchemes: { key: { type: 'http', scheme: 'bearer', description: 'Made by `gradeway keys create`.' } },
    },
  };
}

function operationOf(route: DescribedRoute, schemas: Map<string, unknown>): Json {
  const { method, path, scope, described } = route;
  const { summary, description, tag, params, query, body, rawBody, answers } = described;
  const answered = Object.entries(answers).map(([status, answer]) => [status, answerOf(answer, schemas)] as const);
  const failed = {
    description: 'An error.',
    content: { 'application/json': { schema: schemaOf(errorSchema, 'output', schemas) } },
  };
  return {
    operationId: operationId(method, path),
    tags: [tag],
    summary,
    ...(description === undefined ? {} : { description }),
    security: scope === undefined ? [] : [{}, { key: [] }],
    ...(scope === undefined ? {} : { 'x-scope': scope }),
    parameters: [...parametersOf(params, 'path', schemas), ...parametersOf(query, 'query', schemas)],
    ...(body === undefined ? {} : { requestBody: bodyOf(described, body, schemas) }),
    ...(rawBody === undefined ? {} : { requestBody: rawBodyOf(rawBody) }),
    responses: { ...Object.fromEntries(answered), default: failed },
  };
}

function operationId(method: string, path: string): string {
  const words = path
    .replaceAll(/\{[^}]*\}/g, '')
    .match(/[A-Za-z0-9]+/g)!
    .slice(2);
  return [method.toLowerCase(), ...words]
    .map((word, index) => (index === 0 ? word : word[0]!.toUpperCase() + word.slice(1)))
    .join('');
}

function rawBodyOf(rawBody: Record<string, string>): Json {
  const content = Object.entries(rawBody).map(([type, description]) => [
    type,
    { schema: { type: 'string', description } },
  ]);
  return { required: true, content: Object.fromEntries(content) as Json };
}

function bodyOf({ bodyOptional }: Description, body: z.ZodType, schemas: Map<string, unknown>): Json {
  return {
    required: bodyOptional !== true,
    content: { 'application/json': { schema: schemaOf(body, 'input', schemas) } },
  };
}

function answerOf({ description, schema, content }: AnswerKind, schemas: Map<string, unknown>): Json {
  if (schema !== undefined)
    return { description, content: { 'application/json': { schema: schemaOf(schema, 'output', schemas) } } };
  if (content === undefined) return { description };
  const types = Object.entries(content).map(([type, what]) => [
    type,
    { schema: { type: 'string', description: what } },
  ]);
  return { description, content: Object.fromEntries(types) };
}

function parametersOf(object: z.ZodObject | undefined, place: 'path' | 'query', schemas: Map<string, unknown>): Json[] {
  if (object === undefined) return [];
  const { properties = {}, required = [] } = schemaOf(object, 'input', schemas) as {
    properties?: Record<string, Json>;
    required?: string[];
  };
  return Object.entries(properties).map(([name, { description, ...schema }]) => ({
    name,
    in: place,
    required: place === 'path' || required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema,
  }));
}

/** The JSON Schema of a zod schema; those with an `id` go to `schemas`, and are referred to. */
function schemaOf(schema: z.ZodType, io: Direction, schemas: Map<string, unknown>): Json {
  const written = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    override(context) {
      // The filter's limits are checked on a value of any kind; its shape is what a reader wants to see.
      if (context.zodSchema === (filterSchema as unknown)) context.jsonSchema['$ref'] = FILTER;
    },
  });
  const { $schema: _dialect, $defs: defs = {}, ...rest } = written as Json & { $defs?: Record<string, unknown> };
  for (const [id, one] of Object.entries(defs)) schemas.set(id, withoutId(referring(one)));
  if (!schemas.has('Filter')) {
    schemas.set('Filter', {});
    schemaOf(filterNode, 'input', schemas);
  }
  return withoutId(referring(rest)) as Json;
}

const FILTER = '#/$defs/Filter';

function withoutId(schema: unknown): unknown {
  const { id: _id, ...rest } = schema as Json;
  return rest;
}

/** References point into the document's components. */
function referring(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(referring);
  if (typeof value !== 'object' || value === null) return value;
  const pairs = Object.entries(value).map(([key, one]) => [
    key,
    key === '$ref' && typeof one === 'string' ? one.replace('#/$defs/', '#/components/schemas/') : referring(one),
  ]);
  return Object.fromEntries(pairs);
}
