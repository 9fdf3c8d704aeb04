/** What is wrong with the file of an evaluator, in words. */
import type { z } from 'zod';
import { nearest } from '../model/nearest.ts';

/** `what` is what the file defines, such as "a judge"; `members` are those that it may have. */
export function fileFault(error: z.ZodError, what: string, members: readonly string[]): string {
  return error.issues
    .map((issue) => {
      if (issue.code !== 'unrecognized_keys' || issue.path.length > 0)
        return `${issue.path.join('.') || 'definition'}: ${issue.message}`;
      const near = nearest(issue.keys[0]!, members);
      return `"${issue.keys[0]}" is not a part of ${what}${near ? `; did you mean ${near}?` : '.'}`;
    })
    .join('; ');
}
