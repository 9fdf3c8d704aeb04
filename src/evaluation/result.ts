/**
 * From what an evaluator returned to scores: strict, and safe against objects that fight back (getters that throw,
 * cycles, proxies). Runs in the child, so that only plain values ever leave it.
 */
import type { NamedScore } from '../model/outcome.ts';
import { type Bounds, scaleProblem } from '../model/scale.ts';
import type { ScoreKind, ScoreValue } from '../model/score.ts';

export const RESULT_LIMITS = {
  scores: 100,
  /** Characters of a score's name, the evaluator's included, and of a category. */
  name: 200,
  category: 200,
  /** Characters of a reason; longer ones are cut. */
  reason: 4096,
} as const;

export type Reading =
  | { outcome: 'scored'; scores: NamedScore[] }
  | { outcome: 'abstained'; reason: string | null }
  | { outcome: 'invalid'; message: string };

/** Reads a result; never throws. `name` is the evaluator's. A value outside of the bounds is invalid. */
export function readResult(returned: unknown, returns: ScoreKind, name: string, bounds?: Bounds): Reading {
  try {
    const reading = read(returned, returns, name);
    return bounds && reading.outcome === 'scored' ? inBounds(reading, returns, bounds) : reading;
  } catch (error) {
    if (error instanceof Invalid) return { outcome: 'invalid', message: error.message };
    return { outcome: 'invalid', message: `The result could not be read: ${describeError(error)}` };
  }
}

/** An error as a text of bounded length, whatever was thrown. */
export function describeError(error: unknown): string {
  try {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : show(error);
    return clean(text).slice(0, 2048);
  } catch {
    return 'something that cannot be shown';
  }
}

class Invalid extends Error {}

function inBounds(reading: Extract<Reading, { outcome: 'scored' }>, returns: ScoreKind, bounds: Bounds): Reading {
  for (const { name, value } of reading.scores) {
    const problem = scaleProblem(value, returns, bounds);
    if (problem) throw new Invalid(`Score "${name}" ${problem}.`);
  }
  return reading;
}

function read(returned: unknown, returns: ScoreKind, name: string): Reading {
  if (returned === null || returned === undefined) return { outcome: 'abstained', reason: null };
  if (typeof returned === 'object' && 'scores' in returned) return readScores(returned.scores, returns, name);
  const { value, reason } = readJudged(returned, returns, 'The result');
  if (value === null) return { outcome: 'abstained', reason };
  return { outcome: 'scored', scores: [{ name, value, reason }] };
}

function readScores(given: unknown, returns: ScoreKind, evaluator: string): Reading {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new Invalid('"scores" is not an object of name: value.');
  const names = Object.keys(given);
  if (names.length > RESULT_LIMITS.scores)
    throw new Invalid(`There are ${names.length} scores; at most ${RESULT_LIMITS.scores} are kept.`);
  const scores: NamedScore[] = [];
  for (const one of names) {
    const name = `${evaluator}:${clean(one)}`;
    if (one === '' || name.length > RESULT_LIMITS.name)
      throw new Invalid(`A score's name has 1 to ${RESULT_LIMITS.name} characters; ${show(one).slice(0, 60)} has not.`);
    const { value, reason } = readJudged((given as Record<string, unknown>)[one], returns, `Score ${show(one)}`);
    if (value !== null) scores.push({ name, value, reason });
  }
  return scores.length === 0 ? { outcome: 'abstained', reason: null } : { outcome: 'scored', scores };
}

function readJudged(
  given: unknown,
  returns: ScoreKind,
  what: string,
): { value: ScoreValue | null; reason: string | null } {
  if (typeof given !== 'object' || given === null) return { value: readValue(given, returns, what), reason: null };
  if (!('value' in given)) throw new Invalid(`${what} is ${show(given)}; expected ${EXPECTED[returns]}.`);
  const { value, reason } = given as { value: unknown; reason?: unknown };
  return { value: readValue(value, returns, what), reason: readReason(reason, what) };
}

const EXPECTED = {
  boolean: 'true or false (or null to abstain)',
  number: 'a finite number (or null to abstain)',
  category: `a text of 1 to ${RESULT_LIMITS.category} characters (or null to abstain)`,
} as const;

function readValue(value: unknown, returns: ScoreKind, what: string): ScoreValue | null {
  if (value === null || value === undefined) return null;
  if (returns === 'boolean' && typeof value === 'boolean') return value;
  // Adding 0 turns -0 into 0: nobody who reads a chart means two zeros.
  if (returns === 'number' && typeof value === 'number' && Number.isFinite(value)) return value + 0;
  if (returns === 'category' && typeof value === 'string') {
    const text = clean(value);
    if (text !== '' && text.length <= RESULT_LIMITS.category) return text;
  }
  throw new Invalid(`${what} is ${show(value)}; expected ${EXPECTED[returns]}.`);
}

function readReason(reason: unknown, what: string): string | null {
  if (reason === null || reason === undefined) return null;
  if (typeof reason !== 'string') throw new Invalid(`${what} has a reason that is not a text.`);
  return clean(reason.slice(0, RESULT_LIMITS.reason));
}

/** Stores refuse NUL and lone surrogates in texts. */
function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\uFFFD');
}

function show(value: unknown): string {
  if (typeof value === 'string')
    return value.length > 60 ? `a text of ${value.length} characters` : JSON.stringify(value);
  if (typeof value === 'bigint') return 'a bigint';
  if (typeof value === 'function') return 'a function';
  if (typeof value !== 'object' || value === null) return String(value);
  return Array.isArray(value) ? 'an array' : `an object (${Object.keys(value).slice(0, 5).join(', ').slice(0, 60)})`;
}
