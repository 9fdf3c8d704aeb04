/**
 * What is wrong with a value that may have several shapes. zod says "Invalid input" of it and keeps the reasons apart by shape:
 * here the shape that was meant is taken to be the one whose members the value has, and its reasons are given with their place.
 */
import type { z } from 'zod';

type Issue = z.core.$ZodIssue;

/** Issues of `value` that say what to change: those of unions are replaced by those of the shape that was meant. */
export function meantIssues(issues: readonly Issue[], value: unknown): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
    const part = partOf(value, issue.path);
    const misfits = issue.errors.map((reasons) => misfitOf(reasons, part));
    const least = Math.min(...misfits);
    const meant = issue.errors.filter((_, index) => misfits[index] === least);
    if (meant.length > 1 || least === Infinity) return [{ ...issue, message: saidOf(issue) }];
    return meantIssues(meant[0]!, part).map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
  });
}

/** How far a value is from a shape: not of its kind at all, or how many of its members are missing or unknown. */
function misfitOf(reasons: readonly Issue[], value: unknown): number {
  if (typeof value !== 'object' || value === null) return Infinity;
  let misfit = 0;
  for (const { code, path, ...issue } of reasons) {
    if (path.length > 0) misfit += Object.hasOwn(value, path[0]!) ? 0 : 1;
    else misfit += code === 'unrecognized_keys' ? (issue as { keys: string[] }).keys.length : Infinity;
  }
  return misfit;
}

/** The union's own words, where it has any; else those of all its shapes. */
function saidOf(issue: Extract<Issue, { code: 'invalid_union' }>): string {
  if (issue.message !== 'Invalid input') return issue.message;
  const said = issue.errors.flat().map(({ message }) => message);
  return [...new Set(said)].join(', or ');
}

function partOf(value: unknown, path: readonly PropertyKey[]): unknown {
  let part = value;
  for (const key of path) part = (part as Record<PropertyKey, unknown> | null | undefined)?.[key];
  return part;
}
