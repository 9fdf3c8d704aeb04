/**
 * Guardrails: an evaluator that looks at a call while it is under way, and what follows from what it says. Which calls it concerns
 * is a filter; asking the evaluator is left to others.
 */
import { z } from 'zod';
import { conditionSchema, holds, ownName, scoreOf } from './condition.ts';
import { EVALUATOR_NAME } from './evaluator.ts';
import { filterSchema } from './filter.ts';
import type { Outcome } from './outcome.ts';
import type { ScoreValue } from './score.ts';

export const GUARDRAIL_SIDES = ['request', 'response'] as const;
export type GuardrailSide = (typeof GUARDRAIL_SIDES)[number];

/** What is done with the answer: refuse the call, tell its client by a header, or store it with the log and nothing else. */
export const GUARDRAIL_ACTIONS = ['block', 'annotate', 'log'] as const;
/** What becomes of a call that its evaluator could not look at. */
export const ON_FAILURE = ['open', 'closed'] as const;

export const guardrailSchema = z
  .strictObject({
    name: z.string().regex(EVALUATOR_NAME, 'has letters, digits, ".", "_" and "-", and at most 100 of them'),
    evaluator: z.string().regex(EVALUATOR_NAME, 'is not the name of an evaluator'),
    on: z.enum(GUARDRAIL_SIDES),
    action: z.enum(GUARDRAIL_ACTIONS),
    /** When a call is blocked. */
    blockIf: conditionSchema.optional(),
    /** Which calls; all when absent. */
    filter: filterSchema.optional(),
    /** From asking to being answered. */
    deadlineMs: z.number().int().min(1).max(600_000).default(2000),
    onFailure: z.enum(ON_FAILURE).default('open'),
    /** Whether streams are held back until it has looked. Without it they pass, and its evaluator looks afterwards. */
    holdStreams: z.boolean().default(false),
    /** What a blocked client reads, in place of our own words. */
    message: z.string().min(1).max(500).optional(),
  })
  .superRefine(({ on, action, blockIf, onFailure, holdStreams, message }, context) => {
    const wrong = (member: string, text: string): void =>
      context.addIssue({ code: 'custom', path: [member], message: text });
    if (action === 'block' && blockIf === undefined) wrong('blockIf', 'is needed where action is block');
    if (action !== 'block') {
      if (blockIf !== undefined) wrong('blockIf', `means nothing where action is ${action}: nothing is blocked`);
      if (onFailure === 'closed') wrong('onFailure', `cannot be closed where action is ${action}: nothing is blocked`);
      if (message !== undefined) wrong('message', `means nothing where action is ${action}: nothing is blocked`);
    }
    if (holdStreams && on === 'request') wrong('holdStreams', 'means nothing on a request, which is held in any case');
  });
export type Guardrail = z.infer<typeof guardrailSchema>;

/** Null: of all projects. */
export type OwnedGuardrail = Guardrail & { projectId: string | null };

/** `undecided`: the evaluator gave no answer that the condition could be held against. */
export type Verdict = 'passed' | 'blocked' | 'undecided';

/** What a guardrail says to an outcome. An evaluator that abstains has nothing against the call. */
export function verdictOf({ evaluator, blockIf }: Guardrail, outcome: Outcome): Verdict {
  if (outcome.outcome === 'abstained') return 'passed';
  if (outcome.outcome !== 'scored') return 'undecided';
  if (blockIf === undefined) return 'passed';
  const value = scoreOf(outcome.scores, evaluator, blockIf.score);
  if (value === undefined) return 'undecided';
  return holds(blockIf, value) ? 'blocked' : 'passed';
}

/** `NAME=VALUE` for the header; undefined where there is nothing to tell. What is no letter or digit of a category is escaped. */
export function annotationOf({ name, evaluator, blockIf }: Guardrail, outcome: Outcome): string | undefined {
  if (outcome.outcome === 'abstained') return undefined;
  if (outcome.outcome === 'failed') return `${name}=failed:${outcome.code}`;
  if (outcome.outcome === 'skipped') return `${name}=failed:skipped`;
  if (outcome.scores.length === 1 || blockIf?.score !== undefined) {
    const value = scoreOf(outcome.scores, evaluator, blockIf?.score);
    return value === undefined ? `${name}=failed:no_score` : `${name}=${escaped(value)}`;
  }
  return outcome.scores
    .slice(0, MOST_ANNOTATED)
    .map((score) => `${name}.${escaped(ownName(score.name, evaluator))}=${escaped(score.value)}`)
    .join(', ');
}

/** Scores of one evaluator that a header tells. */
const MOST_ANNOTATED = 10;

function escaped(value: ScoreValue): string {
  return encodeURIComponent(String(value).toWellFormed());
}
