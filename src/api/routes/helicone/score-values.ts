/**
 * Which score values a client may post, and what becomes of them: Helicone's coercions (its framework reads numbers first,
 * then booleans), with the decisions that other strings are categories and that a float is refused with advice. Written
 * by hand and not as a zod record, because that drops a key called `__proto__`, which is a name like any other here.
 */
import type { ScoreValue } from '../../../model/score.ts';

export const SCORE_LIMITS = { perCall: 100, name: 200, category: 200 } as const;

/** What validator.js, which Helicone's framework asks, takes for a number. */
const NUMBER = /^[-+]?(\d+(\.\d*)?|\.\d+)([eE][-+]?\d+)?$/;
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

const FLOAT_ADVICE =
  'a score is an integer or a boolean; this is a fraction. Multiply by 100 and send 92 instead of 0.92';
const KINDS = 'send an integer, true or false, or a category of up to 200 characters';

export interface Problem {
  message: string;
  value?: unknown;
}

export interface ScoreReading {
  scores: Map<string, ScoreValue>;
  /** Field path -> what is wrong. Where there are any, nothing is to be stored. */
  problems: Map<string, Problem>;
}

/** Reads `{ scores: { name: value } }`. */
export function readScores(body: unknown): ScoreReading {
  const reading: ScoreReading = { scores: new Map(), problems: new Map() };
  const { scores, problems } = reading;
  if (body === undefined) problems.set('requestBody', { message: "'requestBody' is required" });
  else if (!isObject(body)) problems.set('requestBody', { message: 'invalid object', value: body });
  else {
    for (const key of Object.keys(body))
      if (key !== 'scores')
        problems.set(`requestBody.${key}`, {
          message: `"${key.slice(0, 200)}" is an excess property and therefore is not allowed`,
          value: key,
        });
    const given: unknown = Object.hasOwn(body, 'scores') ? body['scores'] : undefined;
    if (given === undefined) problems.set('requestBody.scores', { message: "'scores' is required" });
    else if (isObject(given)) readEach(Object.entries(given), reading);
    else problems.set('requestBody.scores', { message: 'invalid object', value: given });
  }
  if (problems.size > 0) scores.clear();
  return reading;
}

function readEach(entries: [string, unknown][], { scores, problems }: ScoreReading): void {
  if (entries.length > SCORE_LIMITS.perCall) {
    problems.set('requestBody.scores', {
      message: `there are ${entries.length} scores. Send at most ${SCORE_LIMITS.perCall} in a call`,
    });
    return;
  }
  for (const [name, given] of entries) {
    const at = `requestBody.scores.${name.slice(0, SCORE_LIMITS.name)}`;
    const read = nameProblem(name) ?? readScore(given);
    if (typeof read === 'object') problems.set(at, { message: read.message, value: given });
    else scores.set(name, read);
  }
}

/** What is wrong with a score's name; undefined where nothing is. */
export function nameProblem(name: string): Problem | undefined {
  if (name === '') return { message: 'a score needs a name' };
  if (name.length > SCORE_LIMITS.name)
    return { message: `the name has ${name.length} characters; ${SCORE_LIMITS.name} are allowed` };
  if (CONTROL.test(name) || !name.isWellFormed())
    return { message: 'the name has a control character or half of a surrogate pair in it' };
  return undefined;
}

/** One value as it is stored, or what is wrong with it. */
export function readScore(given: unknown): ScoreValue | Problem {
  if (given === null) return false;
  // A list of one counts as its entry, since the framework compares the value's text.
  let value: unknown = given;
  while (Array.isArray(value) && value.length === 1) value = (value as unknown[])[0];
  if (typeof value === 'boolean') return value;
  if (typeof value === 'number') return integer(value);
  if (typeof value !== 'string') return { message: `could not match any kind of score: ${KINDS}` };
  if (NUMBER.test(value)) return integer(Number(value));
  const lower = value.toLowerCase();
  if (lower === 'true' || lower === 'false') return lower === 'true';
  return category(value);
}

function integer(value: number): number | Problem {
  if (!Number.isFinite(value)) return { message: 'the number is too large. Send one up to 9007199254740991' };
  if (!Number.isInteger(value)) return { message: FLOAT_ADVICE };
  if (!Number.isSafeInteger(value))
    return { message: 'the number is too large to be kept exactly. Send one up to 9007199254740991' };
  return value === 0 ? 0 : value;
}

function category(value: string): string | Problem {
  const bare = value.trim();
  if (bare === '') return { message: `the text is empty: ${KINDS}` };
  if (bare !== value && (NUMBER.test(bare) || /^(true|false)$/i.test(bare)))
    return { message: 'there are blanks around the value. Send it without them' };
  if (value.length > SCORE_LIMITS.category)
    return { message: `the category has ${value.length} characters; ${SCORE_LIMITS.category} are allowed` };
  if (CONTROL.test(value) || !value.isWellFormed())
    return { message: 'the category has a control character or half of a surrogate pair in it' };
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
