/** Reading a body of Helicone's wire by a zod schema, with its framework's 422: the path of each field and what is wrong. */
import { z } from 'zod';
import { refuse } from '../../answers.ts';
import { problemText } from '../../problem-text.ts';
import { readBoolean, readNumber } from './filter-operators.ts';
import type { Problem } from './score-values.ts';

/** The body in this shape, or 422 with every field that is wrong. */
export function parse<T>(schema: z.ZodType<T>, body: unknown): T {
  if (body === undefined) refuse(new Map([['requestBody', { message: "'requestBody' is required" }]]));
  const parsed = schema.safeParse(body, { error: problemText });
  if (parsed.success) return parsed.data;
  const problems = new Map<string, Problem>();
  for (const issue of parsed.error.issues) {
    if (issue.code === 'unrecognized_keys')
      for (const key of issue.keys)
        problems.set(`requestBody.${key.slice(0, 200)}`, {
          message: `"${key.slice(0, 200)}" is an excess property and therefore is not allowed`,
        });
    else
      problems.set(['requestBody', ...issue.path].join('.').slice(0, 1000), { message: issue.message.slice(0, 500) });
  }
  refuse(problems);
  throw parsed.error;
}

/** A whole number, also from a text, as its framework coerces. */
export function whole(least: number, most: number): z.ZodType<number> {
  return z.preprocess(
    (value) => (typeof value === 'string' && /^-?\d{1,15}$/.test(value) ? Number(value) : value),
    z.int().min(least).max(most),
  );
}

/** A finite number, also from a text. */
export const readableNumber = z.preprocess((value) => readNumber(value) ?? value, z.number());

/** True or false, also as a text. */
export const readableBoolean = z.preprocess((value) => readBoolean(value) ?? value, z.boolean());

/** What a Date can hold. */
const FURTHEST_MS = 8.64e15;
export const unixMs = readableNumber.pipe(z.number().min(-FURTHEST_MS).max(FURTHEST_MS));
export const unixSeconds = readableNumber.pipe(
  z
    .number()
    .min(-FURTHEST_MS / 1000)
    .max(FURTHEST_MS / 1000),
);

/** A time in any form that a Date takes, as milliseconds. */
export const anyTime = z
  .string()
  .max(64)
  .transform((text, context) => {
    const ms = Date.parse(text);
    if (Number.isNaN(ms)) context.addIssue({ code: 'custom', message: 'Invalid time filter: send a time in ISO 8601' });
    return ms;
  });

/** `{ start, end }`, the start not after the end. */
export const timeFilter = z
  .strictObject({ start: anyTime, end: anyTime })
  .refine(({ start, end }) => !(start > end), { error: 'Invalid time filter: it ends before it starts' });

/** Minutes by which a client's clock is behind UTC, as JavaScript's getTimezoneOffset gives them. */
export const timeZoneDifference = whole(-1440, 1440);
