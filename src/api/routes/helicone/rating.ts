/** A thumb up or down, with Helicone's coercions: `"true"` is true and null false; numbers and other texts are refused. */
import { z } from 'zod';

export const rating = z.preprocess(
  (value) => (value === null ? false : typeof value === 'string' ? textAsBoolean(value) : value),
  z.boolean({ error: (issue) => (issue.input === undefined ? "'rating' is required" : 'invalid boolean value') }),
);

export const feedbackSchema = z.strictObject({ rating });

function textAsBoolean(value: string): unknown {
  const lower = value.toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : value;
}
