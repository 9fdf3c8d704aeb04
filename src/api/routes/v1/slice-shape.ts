/** How a request says which logs it is about, in a body and in a query. What that means is said by time-range.ts. */
import { z } from 'zod';
import { type Filter, filterSchema } from '../../../model/filter.ts';
import { meantIssues } from '../../meant-issues.ts';
import { problemText } from '../../problem-text.ts';

/** Beyond the years that a Date can say. */
const TIME_MS = z.number().int().min(-8.64e15).max(8.64e15);

const FILTER = 'A condition, such as { "property": "environment", "equals": "production" }; null is none.';
const FROM = 'Started at this time or later; milliseconds since the epoch.';
const TO = 'Started before this time.';

export const sliceShape = {
  filter: filterSchema.nullable().default(null).describe(FILTER),
  fromMs: TIME_MS.nullable().default(null).describe(FROM),
  toMs: TIME_MS.nullable().default(null).describe(TO),
};

/** A filter as the JSON text that it is in a query. */
export const filterInQuery: z.ZodType<Filter | null, string | undefined> = z
  .string()
  .transform((text, context) => {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      context.addIssue({ code: 'custom', message: 'it is not JSON' });
      return z.NEVER;
    }
    const parsed = filterSchema.nullable().safeParse(value, { error: problemText });
    if (parsed.success) return parsed.data;
    for (const { path, message } of meantIssues(parsed.error.issues, value))
      context.addIssue({ code: 'custom', path: [...path], message });
    return z.NEVER;
  })
  .optional()
  .transform((filter) => filter ?? null)
  .describe(`${FILTER} As JSON.`);

const timeInQuery = z
  .string()
  .regex(/^-?\d{1,16}$/, { error: 'it must be whole milliseconds since the epoch' })
  .transform(Number)
  .pipe(TIME_MS)
  .optional()
  .transform((time) => time ?? null);

export const booleanInQuery = z.enum(['true', 'false']).transform((value) => value === 'true');

export const sliceInQuery = {
  filter: filterInQuery,
  fromMs: timeInQuery.describe(FROM),
  toMs: timeInQuery.describe(TO),
};
