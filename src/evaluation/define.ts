/**
 * What an author of an evaluator imports: `import { defineEvaluator } from 'gradeway'`. Types, two functions that do
 * next to nothing, and one that checks by a JSON schema; how files are found, run and read stands in the files beside this one.
 */
import type { Filter } from '../model/filter.ts';
import type { Log } from '../model/log.ts';
import type { ScoreKind } from '../model/score.ts';

export type { Filter } from '../model/filter.ts';
export type { Log } from '../model/log.ts';
export type { Message, ToolCall } from '../model/message.ts';
export type { Outcome } from '../model/outcome.ts';
export type { ScoreKind, ScoreValue } from '../model/score.ts';
export type { Usage } from '../model/usage.ts';
export { schemaProblem, type SchemaProblem } from './schema.ts';

/** One input with its target, from a dataset. */
export interface Datapoint {
  /** UUID, the same in all versions of its dataset. */
  id?: string;
  /** Its inputs or, where it has none, its messages. */
  input: unknown;
  /** By the names that a prompt's template has for them. */
  inputs?: Record<string, unknown>;
  /** The conversation, as OpenAI's chat completions have it; null: none. */
  messages?: { role: string; [member: string]: unknown }[] | null;
  /** What a good answer would be. */
  target: unknown;
  metadata?: Record<string, unknown>;
}

interface Values {
  boolean: boolean;
  /** Finite. */
  number: number;
  /** 1 to 200 characters. */
  category: string;
}

/** A value with the reason for it; the value null abstains, with the reason why. Reasons are cut at 4 kB. */
export interface Judged<Value> {
  value: Value | null;
  reason?: string;
}

/**
 * What an evaluator returns:
 * - a value of the declared kind: one score, named like the evaluator;
 * - null or undefined: it abstains, which is not a score and not a failure;
 * - `{ value, reason }`: the same with a reason;
 * - `{ scores: { precision: 0.5, recall: { value: 1, reason } } }`: up to 100 scores, named `evaluator:precision` and so
 *   on; those that are null are left out.
 *
 * Anything else (NaN, Infinity, a value of another kind, a name or category over 200 characters) is a failed
 * evaluation, `invalid_result`, and never a score.
 */
export type Result<Value> =
  | Value
  | null
  | undefined
  | Judged<Value>
  | { scores: Record<string, Value | null | undefined | Judged<Value>> };

export interface EvaluatorDefinition<Kind extends ScoreKind = ScoreKind> {
  returns: Kind;
  /** One sentence for whoever reads the scores. */
  description?: string;
  /**
   * Which live logs to look at: all of them by default, or those that match `filter`, or a share of them (`sampleRate`,
   * 0 to 1, decided by the log's id so that all evaluators sample the same logs). `false`: none.
   */
  online?: { sampleRate?: number; filter?: Filter } | false;
  /** Milliseconds after which an evaluation is stopped. Default 5000. */
  deadlineMs?: number;
  /**
   * Looks at a log. It is frozen: all evaluators look at the same one. `datapoint` is there only when a dataset is run.
   * To read a text or body that the client asked not to store ends the evaluation as `skipped`.
   */
  evaluate(log: Log, datapoint?: Datapoint): Result<Values[Kind]> | PromiseLike<Result<Values[Kind]>>;
}

/** Checks an evaluator's types while it is written; at runtime it gives back what it is given. */
export function defineEvaluator<Kind extends ScoreKind>(
  definition: EvaluatorDefinition<Kind>,
): EvaluatorDefinition<Kind> {
  return definition;
}

/** What a scorer is called with. */
export interface ScorerArguments {
  /** The last message of the user, or an empty text. */
  input: string;
  /** The text of the answer. */
  output: string;
  /** The datapoint's target; undefined on live logs. */
  expected: unknown;
  metadata: Record<string, unknown>;
  /** All there is to know of the call. */
  log: Log;
}

/** A score in autoevals' shape. `metadata.rationale` becomes the reason; `error` makes it a failure. */
export interface ScorerScore {
  name?: string;
  score: number | boolean | null;
  metadata?: Record<string, unknown>;
  error?: unknown;
}

type ScorerResult = ScorerScore | ScorerScore[] | number | boolean | null | undefined;
// Autoevals' scorers demand arguments of their own; a parameter type that is checked would refuse them all.
export type Scorer = (args: never) => ScorerResult | PromiseLike<ScorerResult>;

/**
 * Makes an `evaluate` of a scorer of autoevals' shape, `({ input, output, expected }) => ({ name, score, metadata })`.
 * A file whose default export is a function is read as if it said
 * `defineEvaluator({ returns: 'number', evaluate: fromScorer(thatFunction) })`. True counts as 1 and false as 0. The
 * score is named after the file, whatever `name` says; of several (an array), each is named `file:name`.
 */
export function fromScorer(scorer: Scorer): EvaluatorDefinition<'number'>['evaluate'] {
  const call = scorer as (args: ScorerArguments) => ScorerResult | PromiseLike<ScorerResult>;
  return (log, datapoint) => {
    const returned = call({
      // Read when asked for: a scorer that looks only at the output can do without an input that was not stored.
      get input() {
        return log.input.findLast((message) => message.role === 'user')?.text ?? '';
      },
      get output() {
        return log.output.text;
      },
      expected: datapoint?.target,
      metadata: datapoint?.metadata ?? {},
      log,
    });
    return isPromiseLike(returned) ? returned.then(resultOf) : resultOf(returned);
  };
}

function resultOf(returned: ScorerResult): Result<number> {
  if (Array.isArray(returned)) {
    const scores = new Map(returned.map((one) => [one.name ?? '', judged(one)]));
    if (scores.size < returned.length) throw new Error('Two scores of the array have the same name, or none.');
    return { scores: Object.fromEntries(scores) };
  }
  if (typeof returned === 'object' && returned !== null && 'score' in returned) return judged(returned);
  return numberOf(returned);
}

function judged(one: ScorerScore): Judged<number> {
  if (one.error !== undefined && one.error !== null)
    throw one.error instanceof Error
      ? one.error
      : new Error(`The scorer reported an error: ${JSON.stringify(one.error)}`);
  const reason = one.metadata?.rationale;
  return { value: numberOf(one.score), ...(typeof reason === 'string' ? { reason } : {}) };
}

function numberOf<Value>(value: Value): Exclude<Value, boolean> | number {
  return typeof value === 'boolean' ? Number(value) : (value as Exclude<Value, boolean>);
}

function isPromiseLike(value: unknown): value is PromiseLike<ScorerResult> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function';
}
