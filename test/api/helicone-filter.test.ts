import { describe, expect, it } from 'vitest';
import { readFilter } from '../../src/api/routes/helicone/filter.ts';
import { sliceOf } from '../../src/api/time-range.ts';
import { GatewayError } from '../../src/errors.ts';
import type { FilterField } from '../../src/model/filter.ts';
import { matches } from '../../src/model/filter-match.ts';

const CONTEXT = {
  projectId: 'p-1',
  scoreNames: [
    { name: 'accuracy', kind: 'number' },
    { name: 'safe', kind: 'boolean' },
  ],
};

interface Facts {
  fields?: Partial<Record<FilterField, string | number | boolean | null>>;
  properties?: Record<string, string>;
  texts?: { input?: string; output?: string };
  scores?: Record<string, string | number | boolean>;
}

const LOG: Facts = {
  fields: {
    upstream: 'openai',
    target: 'https://api.openai.com',
    path: '/v1/chat/completions',
    model: 'gpt-4o',
    modelAsked: 'gpt-4o',
    modelAnswered: 'gpt-4o-2024',
    status: 200,
    ending: 'ended',
    userId: 'ada',
    sessionId: 's-1',
    requestId: 'r-1',
    durationMs: 20.25,
    costUsd: 0.5,
    inputTokens: 9,
    outputTokens: 3,
    totalTokens: 12,
    cachedInputTokens: 0,
    startedAtMs: Date.parse('2026-07-01T10:00:00.500Z'),
  },
  properties: { environment: 'production' },
  texts: { input: 'Hello there', output: 'Hi' },
  scores: { accuracy: 92, safe: true, tone: 'calm' },
};
const BARE: Facts = {
  fields: { upstream: 'gemini', target: 'custom', path: 'x', ending: 'client_aborted', startedAtMs: 0, durationMs: 1 },
};

function holds(tree: unknown, facts: Facts): boolean {
  const { filter } = readFilter(tree, CONTEXT);
  if (filter === null) return true;
  return matches(filter, {
    field: (name) => facts.fields?.[name],
    property: (name) => facts.properties?.[name],
    text: (which) => facts.texts?.[which] ?? '',
    scores: (name) =>
      facts.scores && Object.hasOwn(facts.scores, name)
        ? [{ name, value: facts.scores[name]!, source: 'api', evaluator: null, evaluatorVersion: null }]
        : [],
  });
}
const rmt = (columns: object): object => ({ request_response_rmt: columns });

describe("Helicone's filters", () => {
  it.each<[unknown, boolean, boolean]>([
    ['all', true, true],
    [{}, true, true],
    [rmt({}), true, true],
    [rmt({ provider: { equals: 'OPENAI' } }), true, false],
    [rmt({ provider: { equals: 'GOOGLE' } }), false, true],
    [rmt({ provider: { 'not-equals': 'GOOGLE' } }), true, false],
    [rmt({ model: { equals: 'gpt-4o' } }), true, false],
    [rmt({ model: { contains: 'GPT-4' } }), true, false],
    [rmt({ model: { 'not-contains': 'gpt' } }), false, true],
    [rmt({ model: { like: 'gpt%' } }), true, false],
    [rmt({ model: { like: 'GPT%' } }), false, false],
    [rmt({ model: { ilike: '%PT-4O%' } }), true, false],
    [rmt({ model: { equals: 'null' } }), false, true],
    [rmt({ model: { 'not-equals': '__empty__' } }), true, false],
    [rmt({ user_id: { equals: 'ada' } }), true, false],
    [rmt({ user_id: { 'not-equals': 'ada' } }), false, true],
    [rmt({ organization_id: { equals: 'p-1' } }), true, true],
    [rmt({ organization_id: { equals: 'p-2' } }), false, false],
    [rmt({ country_code: { equals: 'US' } }), false, false],
    [rmt({ country_code: { 'not-equals': 'US' } }), true, true],
    [rmt({ request_id: { equals: 'r-1' } }), true, false],
    [rmt({ target_url: { equals: 'https://api.openai.com/v1/chat/completions' } }), true, false],
    [rmt({ target_url: { equals: 'https://api.openai.co/v1/chat/completions' } }), false, false],
    [rmt({ target_url: { contains: 'openai.com/v1/CHAT' } }), true, false],
    [rmt({ target_url: { like: 'https://api.openai.com/v1/%' } }), true, false],
    [rmt({ request_body: { contains: 'hello' } }), true, false],
    [rmt({ response_body: { ilike: '%hi%' } }), true, false],
    [rmt({ properties: { Environment: { equals: 'production' } } }), true, false],
    [rmt({ properties: { environment: { 'not-equals': 'production' } } }), false, true],
    [rmt({ properties: { environment: { equals: '' } } }), false, true],
    [rmt({ properties: { 'Helicone-Session-Id': { equals: 's-1' } } }), true, false],
    [rmt({ property_key: { equals: 'ENVIRONMENT' } }), true, false],
    [rmt({ scores: { 'safe-hcone-bool': { equals: '1' } } }), true, false],
    [rmt({ scores: { 'safe-hcone-bool': { 'not-equals': '1' } } }), false, false],
    [rmt({ scores: { 'safe-hcone-bool': { lt: 1 } } }), false, false],
    [rmt({ scores: { accuracy: { equals: '92' } } }), true, false],
    [rmt({ scores: { accuracy: { gt: 90 } } }), true, false],
    [rmt({ scores: { accuracy: { gt: '92' } } }), false, false],
    [rmt({ scores: { accuracy: { gte: 90, lt: 92 } } }), false, false],
    [rmt({ scores: { accuracy: { 'not-equals': '92' } } }), false, false],
    [rmt({ scores: { tone: { equals: 'calm' } } }), true, false],
    [rmt({ scores_column: { 'not-equals': '{}' } }), true, false],
    [rmt({ scores_column: { contains: 'accu' } }), true, false],
    [rmt({ 'helicone-score-feedback': { equals: false } }), true, true],
    [rmt({ 'helicone-score-feedback': { equals: true } }), false, false],
    [rmt({ latency: { equals: 20 } }), true, false],
    [rmt({ latency: { gt: 20 } }), false, false],
    [rmt({ latency: { gte: '20' } }), true, false],
    [rmt({ latency: { lte: 20.9 } }), true, true],
    [rmt({ cost: { gt: 0.4 } }), true, false],
    [rmt({ status: { equals: 200 } }), true, false],
    [rmt({ status: { lt: 0 } }), false, true],
    [rmt({ status: { 'not-equals': 200 } }), false, true],
    [rmt({ total_tokens: { gte: 12 } }), true, false],
    [rmt({ request_created_at: { gte: '2026-07-01T10:00:00.500Z', lte: '2026-07-01 10:00:00.500' } }), true, false],
    [rmt({ request_created_at: { gt: '2026-07-01T12:00:00.500+02:00' } }), false, false],
    [rmt({ cached: { equals: true } }), false, false],
    [rmt({ threat: { equals: 'false' } }), true, true],
    [{ request: { user_id: { equals: 'ada' } }, response: { status: { equals: 200 } } }, true, false],
    [{ properties: { environment: { equals: 'production' } } }, true, false],
    [{ values: { x: { equals: 'y' } } }, false, false],
    [{ feedback: { rating: { equals: true } } }, false, false],
    [
      { left: rmt({ model: { equals: 'x' } }), operator: 'or', right: rmt({ user_id: { equals: 'ada' } }) },
      true,
      false,
    ],
    [{ left: rmt({ model: { equals: 'gpt-4o' } }), operator: 'and', right: 'all' }, true, false],
    [{ left: rmt({ model: { equals: 'x' } }), operator: 'or', right: {} }, true, true],
    // Of several in a leaf all must hold; at Helicone only the first did.
    [rmt({ model: { equals: 'gpt-4o' }, user_id: { equals: 'bob' } }), false, false],
    [rmt({ model: { contains: 'gpt', 'not-contains': '4o' } }), false, false],
  ])('%j', (tree, full, bare) => {
    expect([holds(tree, LOG), holds(tree, BARE)]).toEqual([full, bare]);
  });

  it.each<[string, unknown, string]>([
    ['no filter', undefined, 'requestBody.filter'],
    ['a text that is not all', 'some', 'requestBody.filter'],
    ['a list', [], 'requestBody.filter'],
    ['an unknown table', { users_view: {} }, 'requestBody.filter.users_view'],
    ['a table of the prototype', { constructor: { x: 1 } }, 'requestBody.filter.constructor'],
    ['an unknown column', rmt({ body: { equals: 'x' } }), 'requestBody.filter.request_response_rmt.body'],
    [
      'a column of the prototype',
      rmt({ toString: { equals: 'x' } }),
      'requestBody.filter.request_response_rmt.toString',
    ],
    ['an unknown operator', rmt({ model: { is: 'x' } }), 'requestBody.filter.request_response_rmt.model.is'],
    [
      'an operator of another class',
      rmt({ status: { contains: 'x' } }),
      'requestBody.filter.request_response_rmt.status.contains',
    ],
    ['a number for a text', rmt({ model: { equals: 4 } }), 'requestBody.filter.request_response_rmt.model.equals'],
    ['a text for a number', rmt({ status: { equals: 'x' } }), 'requestBody.filter.request_response_rmt.status.equals'],
    [
      'an epoch for a time',
      rmt({ request_created_at: { gte: 1e12 } }),
      'requestBody.filter.request_response_rmt.request_created_at.gte',
    ],
    ['an operator that joins nothing', { left: 'all', operator: 'xor', right: 'all' }, 'requestBody.filter.operator'],
    ['half a branch', { left: 'all', operator: 'or' }, 'requestBody.filter.right'],
  ])('refuses %s', (_name, tree, at) => {
    let details: object | undefined;
    try {
      readFilter(tree, CONTEXT);
    } catch (error) {
      details = (error as GatewayError).details;
    }
    expect(Object.keys(details ?? {})).toContain(at);
  });

  it('reads long chains of and, and refuses what is too large', () => {
    const chain = (length: number): unknown => {
      let tree: unknown = 'all';
      for (let index = 0; index < length; index += 1)
        tree = { left: tree, operator: 'and', right: rmt({ model: { contains: 'gpt' } }) };
      return tree;
    };
    expect(holds(chain(200), LOG)).toBe(true);
    expect(() => readFilter(chain(600), CONTEXT)).toThrow(GatewayError);
  });

  it('reads conditions on sums apart where these are asked for', () => {
    const tree = {
      left: rmt({ model: { equals: 'gpt-4o' } }),
      operator: 'and',
      right: {
        sessions_request_response_rmt: { session_total_cost: { gte: 2 }, session_session_name: { contains: 'CHAT' } },
      },
    };
    const { filter, having } = readFilter(tree, CONTEXT, { sums: 'sessions_request_response_rmt' });
    expect(filter).toEqual({ field: 'model', equals: 'gpt-4o' });
    expect(having).toEqual({
      and: [
        {
          and: [
            { sum: 'costUsd', gte: 2 },
            { of: 'name', contains: 'CHAT' },
          ],
        },
      ],
    });
  });
});

describe("Helicone's conditions on sums", () => {
  const having = (columns: object): unknown =>
    readFilter({ users_view: columns }, CONTEXT, { sums: 'users_view' }).having;
  const leaf = (condition: object): unknown => ({ and: [{ and: [condition] }] });

  it.each<[object, object]>([
    [{ user_user_id: { equals: 'ada' } }, { of: 'key', equals: 'ada' }],
    [{ user_user_id: { 'not-contains': 'bot' } }, { not: { of: 'key', contains: 'bot' } }],
    [
      { user_user_id: { equals: '' } },
      {
        or: [
          { of: 'key', present: false },
          { of: 'key', equals: '' },
        ],
      },
    ],
    [{ user_total_requests: { gt: '5' } }, { sum: 'logs', gt: 5 }],
    [{ user_cost: { 'not-equals': 0.5 } }, { not: { sum: 'costUsd', equals: 0.5 } }],
    [{ user_last_active: { gte: '2026-01-01' } }, { sum: 'lastMs', gte: Date.parse('2026-01-01') }],
    [{ user_average_tokens_per_request: { lte: 1.5 } }, { sum: 'meanTokens', lte: 1.5 }],
  ])('read %o', (columns, condition) => {
    expect(having(columns)).toEqual(leaf(condition));
  });

  it.each<{ columns: object }>([
    { columns: { user_nothing: { equals: 1 } } },
    { columns: { user_cost: { contains: '1' } } },
    { columns: { user_cost: { equals: 'x' } } },
    { columns: { user_user_id: { equals: 'x'.repeat(257) } } },
    { columns: { user_user_id: { like: 'a_b%c' } } },
    { columns: { constructor: { equals: 1 } } },
  ])('refuse $columns', ({ columns }) => {
    expect(() => having(columns)).toThrow(GatewayError);
  });

  it('are refused where they are too many, or too deep', () => {
    const chain = (length: number): unknown => {
      let tree: unknown = { users_view: { user_cost: { gt: 1 } } };
      for (let index = 1; index < length; index += 1)
        tree = {
          left: tree,
          operator: index % 2 === 0 ? 'or' : 'and',
          right: { users_view: { user_cost: { gt: 1 } } },
        };
      return tree;
    };
    expect(() => readFilter(chain(10), CONTEXT, { sums: 'users_view' })).not.toThrow();
    expect(() => readFilter(chain(100), CONTEXT, { sums: 'users_view' })).toThrow(GatewayError);
  });
});

describe('the range of time in a filter', () => {
  it.each([
    { name: 'both ends', filter: { field: 'startedAtMs', gte: 5, lt: 9 }, slice: { filter: null, fromMs: 5, toMs: 9 } },
    {
      name: 'open and closed ends',
      filter: { field: 'startedAtMs', gt: 5, lte: 9 },
      slice: { filter: null, fromMs: 6, toMs: 10 },
    },
    {
      name: 'fractions',
      filter: { field: 'startedAtMs', gte: 4.5, lt: 9.5 },
      slice: { filter: null, fromMs: 5, toMs: 10 },
    },
    {
      name: 'the narrower of several, among others',
      filter: {
        and: [
          { field: 'status', equals: 200 },
          {
            and: [
              { field: 'startedAtMs', gte: 7 },
              { field: 'startedAtMs', gte: 3 },
            ],
          },
        ],
      },
      slice: { filter: { field: 'status', equals: 200 }, fromMs: 7, toMs: null },
    },
    {
      name: 'none in an or',
      filter: { or: [{ field: 'startedAtMs', gte: 7 }] },
      slice: { filter: { or: [{ field: 'startedAtMs', gte: 7 }] }, fromMs: null, toMs: null },
    },
  ] as const)('is taken out: $name', ({ filter, slice }) => {
    expect(sliceOf('p', structuredClone(filter) as never, { fromMs: null, toMs: null })).toEqual({
      projectId: 'p',
      ...slice,
    });
  });
});
