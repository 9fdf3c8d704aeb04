/** Questions about evaluators and the rules that send logs to them. */
import { queryOptions } from '@tanstack/react-query';
import type { Filter } from '../../model/filter.ts';
import type { ShownEvaluator, Tried, WholeEvaluator, WholeVersion } from '../../model/shown-evaluator.ts';
import type { ShownRule } from '../../model/shown-rule.ts';
import type { GivenDraft, GivenEvaluator } from '../words/draft.ts';
import { ask } from './client.ts';
import type { Slice } from './logs.ts';

const at = (name: string): string => `/evaluators/${encodeURIComponent(name)}`;

export interface ListedEvaluators {
  evaluators: ShownEvaluator[];
  problems: { file: string; message: string }[];
}

export const evaluatorsQuery = queryOptions({
  queryKey: ['evaluators', 'list'],
  queryFn: ({ signal }) => ask<ListedEvaluators>('GET', '/evaluators', undefined, signal),
});

export const evaluatorQuery = (name: string) =>
  queryOptions({
    queryKey: ['evaluators', 'one', name],
    queryFn: ({ signal }) => ask<WholeEvaluator>('GET', at(name), undefined, signal),
  });

export const versionQuery = (name: string, version: string) =>
  queryOptions({
    queryKey: ['evaluators', 'version', name, version],
    queryFn: ({ signal }) =>
      ask<WholeVersion>('GET', `${at(name)}/versions/${encodeURIComponent(version)}`, undefined, signal),
    staleTime: Infinity,
  });

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => ask<{ rules: ShownRule[] }>('GET', '/rules', undefined, signal),
});

/** Makes an evaluator, or its next version. */
export function putEvaluator(name: string, given: GivenEvaluator): Promise<ShownEvaluator & { isNew: boolean }> {
  return ask('PUT', at(name), given);
}

/** Its jobs wait, and new ones come. */
export function pauseEvaluator(name: string): Promise<unknown> {
  return ask('POST', `${at(name)}/pause`);
}

export function resumeEvaluator(name: string): Promise<unknown> {
  return ask('POST', `${at(name)}/resume`);
}

export function removeEvaluator(name: string, waiting: 'finish' | 'drop'): Promise<{ dropped: number }> {
  return ask('DELETE', `${at(name)}?waiting=${waiting}`);
}

/** On so many of the newest logs. */
export function tryDraft(
  definition: GivenDraft,
  on: { newest?: number; logId?: string },
): Promise<{ results: Tried[] }> {
  return ask('POST', '/evaluators/test', { definition, ...on });
}

export function tryEvaluator(name: string, on: { newest?: number; logId?: string }): Promise<{ results: Tried[] }> {
  return ask('POST', `${at(name)}/test`, on);
}

export interface NewRule {
  name: string;
  evaluator: string;
  sampleRate: number;
  filter?: Filter;
}

export function addRule(rule: NewRule): Promise<ShownRule> {
  return ask('POST', '/rules', rule);
}

export function changeRule({
  name,
  ...rule
}: Pick<ShownRule, 'name' | 'evaluator'> & Partial<ShownRule>): Promise<ShownRule> {
  return ask('PUT', `/rules/${encodeURIComponent(name)}`, rule);
}

export function removeRule(name: string): Promise<unknown> {
  return ask('DELETE', `/rules/${encodeURIComponent(name)}`);
}

/** How many logs there are of a slice. */
export const matchingQuery = (slice: Slice) =>
  queryOptions({
    queryKey: ['logs', 'matching', slice],
    queryFn: ({ signal }) => ask<{ rows: { logs: number }[] }>('POST', '/statistics/logs', slice, signal),
  });
