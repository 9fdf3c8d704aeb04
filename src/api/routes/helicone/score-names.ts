/** Score names as Helicone's wire has them: booleans carry a suffix, and feedback is a score with a name of its own. */
import { FEEDBACK, type Score, type ScoreValue } from '../../../model/score.ts';

const BOOLEAN_SUFFIX = '-hcone-bool';

export function wireName(name: string, isBoolean: boolean): string {
  return isBoolean && name !== FEEDBACK ? name + BOOLEAN_SUFFIX : name;
}

/** Our name of a boolean score, from the wire's; undefined where the wire's is no name of one. */
export function booleanName(name: string): string | undefined {
  if (name === FEEDBACK) return name;
  return name.endsWith(BOOLEAN_SUFFIX) ? name.slice(0, -BOOLEAN_SUFFIX.length) : undefined;
}

/** Name -> value, booleans as 1 and 0. Where several sources gave a score of one name, the newest counts. */
export function wireScores(scores: readonly Score[]): Record<string, Exclude<ScoreValue, boolean>> {
  const shown = new Map<string, Exclude<ScoreValue, boolean>>();
  for (const { name, value } of scores.toSorted((a, b) => a.atMs - b.atMs))
    shown.set(wireName(name, typeof value === 'boolean'), typeof value === 'boolean' ? Number(value) : value);
  // Object.fromEntries defines each key as its own, `__proto__` included; assigning would not.
  return Object.fromEntries(shown);
}
