/**
 * What guardrails found while a call was under way, as it is committed with its log; and what follows for the log's jobs. They saw
 * the call as it was: what they say of it is redacted here.
 */
import { matches } from '../model/filter-match.ts';
import type { Exchange } from '../model/exchange.ts';
import type { Outcome } from '../model/outcome.ts';
import { filterable } from '../evaluation/filterable.ts';
import type { NewEvaluation } from '../store/evaluations.ts';
import type { NewLog, StoredLog } from '../store/store.ts';
import { redactText } from './redact.ts';
import type { Redaction } from './redaction/redaction.ts';

type Jobs = NewLog['evaluators'];

/** Undefined where no guardrail looked at the call, as with nearly all. */
export function inlineEvaluations(
  { evaluations, directives, credentials }: Pick<Exchange, 'evaluations' | 'directives' | 'credentials'>,
  redaction?: Redaction,
): NewEvaluation[] | undefined {
  if (evaluations === undefined || evaluations.length === 0) return undefined;
  // Of a body that shall not be stored no words may be, either.
  const isSilent = directives.omitRequest || directives.omitResponse;
  const redact = (text: string): string => {
    const rest = redactText(text, credentials);
    return redaction?.text(rest) ?? rest;
  };
  return evaluations.map(({ outcome, ...one }) => ({
    ...one,
    outcome: redactOutcome(outcome, redact, isSilent),
    attempt: 1,
    source: 'evaluator',
    givenBy: null,
  }));
}

/** The jobs that rules make, and those that guardrails left to the log; none of an evaluator that has looked already. */
export function jobsBeside(
  jobs: Jobs,
  log: StoredLog,
  { evaluations, later = [] }: { evaluations: NewEvaluation[] | undefined; later: Exchange['later'] },
): Jobs {
  if (evaluations === undefined && later.length === 0) return jobs;
  const taken = new Set(evaluations?.map(({ evaluator }) => evaluator));
  const result = jobs.filter((job) => !taken.has(nameOf(job)));
  for (const job of result) taken.add(nameOf(job));
  for (const { evaluator, filter } of later) {
    if (taken.has(evaluator) || (filter !== undefined && !matches(filter, filterable(log)))) continue;
    taken.add(evaluator);
    result.push(evaluator);
  }
  return result;
}

function nameOf(job: Jobs[number]): string {
  return typeof job === 'string' ? job : job.name;
}

function redactOutcome(outcome: Outcome, redact: (text: string) => string, isSilent: boolean): Outcome {
  const words = (text: string): string => (isSilent ? '' : redact(text));
  const reason = (text: string | null): string | null => (text === null || isSilent ? null : redact(text));
  const printed = words(outcome.printed);
  if (outcome.outcome === 'abstained') return { ...outcome, printed, reason: reason(outcome.reason) };
  if (outcome.outcome === 'skipped') return { ...outcome, printed, reason: words(outcome.reason) };
  if (outcome.outcome === 'failed') return { ...outcome, printed, message: words(outcome.message) };
  const scores = outcome.scores.map((score) => ({
    name: redact(score.name),
    value: typeof score.value === 'string' ? redact(score.value) : score.value,
    reason: reason(score.reason),
  }));
  return { ...outcome, printed, scores };
}
