/**
 * Every column of Helicone's filters by table, with what it means for our logs. Columns of things that we do not have
 * (countries, caches, threats, experiments) have the one value that each of our rows shows, so that a filter on them is
 * answered and not refused.
 */
import type { Filter, FilterField } from '../../../model/filter.ts';
import {
  ALL,
  NONE,
  type NumberOperator,
  type Subject,
  type TextOperator,
  type TimeOperator,
  Unanswerable,
  constantText,
  holdsNumber,
  numberFilter,
  roundedFilter,
  textFilter,
} from './filter-operators.ts';
import { providerFilter, urlFilter } from './filter-places.ts';
import { scoreFilter } from './filter-scores.ts';
import { FEEDBACK } from '../../../model/score.ts';
import { wireName } from './score-names.ts';

export interface FilterContext {
  projectId: string;
  /** What `ScoreStore.names` gives: filters on whether there are scores at all ask for each of them. */
  scoreNames: readonly { name: string; kind: string }[];
}

export type Column =
  | { kind: 'text'; filter(operator: TextOperator, value: string, context: FilterContext): Filter }
  | { kind: 'number'; filter(operator: NumberOperator, value: number): Filter }
  | { kind: 'time'; filter(operator: TimeOperator, value: number): Filter }
  | { kind: 'boolean'; filter(value: boolean): Filter }
  /** A name, and then a text operator. */
  | { kind: 'texts'; filter(name: string, operator: TextOperator, value: string): Filter }
  /** A name, and then an operator on whatever a score can be. */
  | { kind: 'scores'; filter: typeof scoreFilter };

const field = (name: FilterField): Column => ({
  kind: 'text',
  filter: (operator, value) => textFilter({ field: name } as Subject, operator, value),
});
const number = (name: FilterField): Column => ({
  kind: 'number',
  filter: (operator, value) => numberFilter(name as 'durationMs', operator, value),
});
const rounded = (name: FilterField): Column => ({
  kind: 'number',
  filter: (operator, value) => roundedFilter(name as 'durationMs', operator, value),
});
const constant = (given: string | null): Column => ({
  kind: 'text',
  filter: (operator, value) => constantText(given, operator, value),
});
const project: Column = {
  kind: 'text',
  filter: (operator, value, { projectId }) => constantText(projectId, operator, value),
};
const body = (text: 'input' | 'output'): Column => ({
  kind: 'text',
  filter: (operator, value) => textFilter({ text }, operator, value),
});
const time: Column = {
  kind: 'time',
  filter: (operator, value) => ({ field: 'startedAtMs', [operator]: value }),
};
const never: Column = { kind: 'boolean', filter: (value) => (value ? NONE : ALL) };
const feedback: Column = {
  kind: 'boolean',
  filter: (value) => (value ? { score: FEEDBACK, equals: true } : { not: { score: FEEDBACK, equals: true } }),
};
const nothing: Column = {
  kind: 'texts',
  filter: (_name, operator, value) => constantText(null, operator, value),
};
const properties: Column = { kind: 'texts', filter: propertyFilter };
const provider: Column = { kind: 'text', filter: providerFilter };
const url: Column = { kind: 'text', filter: urlFilter };
const status: Column = { kind: 'number', filter: statusFilter };

const NO_CACHE = '00000000-0000-0000-0000-000000000000';

const RMT: Record<string, Column> = {
  country_code: constant(null),
  provider,
  model: field('model'),
  user_id: field('userId'),
  organization_id: project,
  node_id: constant(null),
  job_id: constant(null),
  request_id: field('requestId'),
  target_url: url,
  scores_column: { kind: 'text', filter: scoresColumnFilter },
  request_body: body('input'),
  response_body: body('output'),
  cache_reference_id: constant(NO_CACHE),
  assets: constant('[]'),
  prompt_id: constant(null),
  prompt_version: constant(null),
  request_referrer: constant(null),
  properties,
  search_properties: properties,
  scores: { kind: 'scores', filter: scoreFilter },
  property_key: { kind: 'text', filter: keyFilter },
  latency: rounded('durationMs'),
  cost: number('costUsd'),
  time_to_first_token: rounded('firstTokenMs'),
  status,
  prompt_tokens: number('inputTokens'),
  completion_tokens: number('outputTokens'),
  prompt_cache_read_tokens: number('cachedInputTokens'),
  prompt_cache_write_tokens: {
    kind: 'number',
    filter() {
      throw new Unanswerable('Logs are not found by tokens written to a cache. Use prompt_tokens or total_tokens');
    },
  },
  total_tokens: number('totalTokens'),
  request_created_at: time,
  response_created_at: time,
  threat: never,
  cache_enabled: never,
  cached: never,
  is_passthrough_billing: never,
  [FEEDBACK]: feedback,
};

/** The tables of a leaf that speak about logs; what old clients of `/v1/request/query` send is served like the rest. */
export const LOG_TABLES: Record<string, Record<string, Column>> = {
  request_response_rmt: RMT,
  request: {
    id: field('requestId'),
    created_at: time,
    user_id: field('userId'),
    org_id: project,
    auth_hash: constant(null),
    node_id: constant(null),
    prompt: body('input'),
    prompt_id: constant(null),
    model: field('modelAsked'),
    modelOverride: field('model'),
    path: url,
    country_code: constant(null),
  },
  response: {
    body_completion: body('output'),
    body_model: field('modelAnswered'),
    body_tokens: number('totalTokens'),
    model: field('modelAnswered'),
    status,
  },
  feedback: { rating: feedback },
};

/** Tables whose columns are whatever the client has named. */
export const NAMED_TABLES: Record<string, Column> = { properties, values: nothing };

const SESSION_FIELDS: Record<string, FilterField> = {
  'helicone-session-id': 'sessionId',
  'helicone-session-name': 'sessionName',
  'helicone-session-path': 'sessionPath',
};

function propertyFilter(name: string, operator: TextOperator, value: string): Filter {
  return textFilter(propertySubject(name), operator, value);
}

function propertySubject(name: string): Subject {
  const lower = name.toLowerCase();
  return Object.hasOwn(SESSION_FIELDS, lower) ? ({ field: SESSION_FIELDS[lower] } as Subject) : { property: lower };
}

function keyFilter(operator: TextOperator, value: string): Filter {
  if (operator !== 'equals') throw new Unanswerable('property_key takes equals only');
  return value === '' ? NONE : { ...propertySubject(value), present: true };
}

/** Helicone's codes for calls that have no status of their own; see request-row.ts. */
function statusFilter(operator: NumberOperator, value: number): Filter {
  const aborted: Filter = { field: 'ending', equals: 'client_aborted' };
  const silent: Filter = {
    and: [
      { field: 'ending', equals: 'timeout' },
      { field: 'errorCode', present: false },
    ],
  };
  const neither: Filter = { not: { or: [aborted, silent] } };
  const own: Filter =
    operator === 'not-equals' ? { field: 'status', present: true } : { field: 'status', [operator]: value };
  const unequal: Filter[] = operator === 'not-equals' ? [{ not: { field: 'status', equals: value } }] : [];
  const ways: Filter[] = [{ and: [own, ...unequal, neither] }];
  if (holdsNumber(-3, operator, value)) ways.push(aborted);
  if (holdsNumber(-2, operator, value)) ways.push({ and: [silent, { not: aborted }] });
  if (holdsNumber(-100, operator, value)) ways.push({ and: [{ field: 'status', present: false }, neither] });
  return ways.length === 1 ? ways[0]! : { or: ways };
}

/** The column is the object of a row's scores as a text: `{}` where there are none. Else names are looked for in it. */
function scoresColumnFilter(operator: TextOperator, value: string, { scoreNames }: FilterContext): Filter {
  if (operator.startsWith('not-'))
    return { not: scoresColumnFilter(operator.slice(4) as TextOperator, value, { projectId: '', scoreNames }) };
  const present = (names: FilterContext['scoreNames']): Filter => ({
    or: [...new Set(names.map(({ name }) => name))].map((score) => ({ score, present: true })),
  });
  if (operator === 'equals') return value === '{}' || value === '' ? { not: present(scoreNames) } : NONE;
  const part = operator === 'contains' ? value : value.replaceAll(/^%+|%+$/g, '');
  if (part.replaceAll(/[{}"':]/g, '') === '') return present(scoreNames);
  const wanted = part.replaceAll(/^[{"']+|["':}]+$/g, '').toLowerCase();
  return present(
    scoreNames.filter(({ name, kind }) =>
      wireName(name, kind === 'boolean')
        .toLowerCase()
        .includes(wanted),
    ),
  );
}
