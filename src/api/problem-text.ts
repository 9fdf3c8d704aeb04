/** What is wrong with a value, in words that say what to send instead: zod's own name its types. For `safeParse`'s `error`. */
import type { z } from 'zod';

const KINDS: Record<string, string> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
};

/** Undefined where zod's words say it well enough. */
export function problemText(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') {
    const wanted = KINDS[issue.expected];
    if (issue.input === undefined) return `it is required${wanted === undefined ? '' : `. Send ${wanted}`}`;
    return wanted === undefined ? undefined : `send ${wanted} and not ${kindOf(issue.input)}`;
  }
  if (issue.code === 'too_small')
    return issue.origin === 'string' ? 'it is empty. Send a text' : `send at least ${String(issue.minimum)}`;
  if (issue.code === 'too_big')
    return `send at most ${String(issue.maximum)}${issue.origin === 'string' ? ' characters' : ''}`;
  if (issue.code === 'invalid_value' && issue.values.length > 1)
    return `${issue.input === undefined ? 'it is required. Send' : 'send'} one of ${issue.values.join(', ')}`;
  return undefined;
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction';
  return KINDS[typeof value] ?? 'nothing';
}
