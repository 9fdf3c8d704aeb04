/**
 * How many of the logs that a rule matches its evaluator looks at: a share of them, so many a day, or each for itself by the
 * values of a property. Which logs these are is decided by `sampleOf`.
 */
import { z } from 'zod';
import { PROPERTY_LIMITS, propertyName } from './property.ts';
import { namedZone } from './time-buckets.ts';

const MOST_PER_DAY = 1_000_000;
const MOST_STRATA = 50;
const MOST_VALUES = 50;
/** Of a value: its stratum is named after one. */
const VALUE_CHARACTERS = 200;

const text = (most: number): z.ZodString =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), {
      error: 'NUL or half of a surrogate pair is in it',
    });

const sampleRate = z.number().min(0).max(1).default(1);
const perDay = z
  .number()
  .int()
  .min(1)
  .max(MOST_PER_DAY)
  .optional()
  .describe(
    'At most so many logs a day, by the day on which they began, of all replicas together, spread over the day. `sampleRate` is the largest share of them.',
  );

const stratumSchema = z.strictObject({
  values: z.array(text(VALUE_CHARACTERS)).min(1).max(MOST_VALUES).describe('Values of the property, as they are sent.'),
  sampleRate,
  perDay,
});

const stratifySchema = z
  .strictObject({
    property: text(PROPERTY_LIMITS.name).describe('Its name, in any case.'),
    strata: z.array(stratumSchema).min(1).max(MOST_STRATA),
    rest: z.strictObject({ sampleRate, perDay }).describe('Logs with another value, or without one.'),
  })
  .superRefine(({ strata }, context) => {
    const seen = new Set<string>();
    for (const [index, { values }] of strata.entries())
      for (const value of values) {
        if (seen.has(value))
          context.addIssue({
            code: 'custom',
            path: ['strata', index, 'values'],
            message: `${JSON.stringify(value)} is named twice`,
          });
        seen.add(value);
      }
  });

/** Members of a rule that say how many. */
export const samplingMembers = {
  sampleRate: sampleRate.describe(
    'Share of the matching logs, 0 to 1, by a hash of the id: the same logs for every rule of this rate.',
  ),
  perDay,
  timeZone: z
    .string()
    .max(100)
    .refine((name) => namedZone(name) !== undefined, { error: 'send the name of a time zone, such as Europe/Berlin' })
    .optional()
    .describe('Where a day of `perDay` begins at midnight: an IANA name; UTC by default.'),
  stratify: stratifySchema
    .optional()
    .describe('A share or a number a day for each value of a property, in place of one for all.'),
};
const samplingSchema = z.strictObject(samplingMembers);
export type Sampling = z.infer<typeof samplingSchema>;

/** For `superRefine`. */
export function checkSampling(
  { sampleRate: rate, perDay: most, timeZone, stratify }: Sampling,
  context: z.RefinementCtx,
): void {
  const refuse = (path: string, message: string): void => context.addIssue({ code: 'custom', path: [path], message });
  if (stratify !== undefined && most !== undefined) refuse('perDay', 'each stratum has its own: say it there');
  if (stratify !== undefined && rate < 1) refuse('sampleRate', 'each stratum has its own: say it there');
  const isDaily = [most, stratify?.rest.perDay, ...(stratify?.strata ?? []).map((one) => one.perDay)].some(Boolean);
  if (timeZone !== undefined && !isDaily)
    refuse('timeZone', 'it says when a day begins, and no number a day is given. Add perDay, or leave it out');
}

/** Logs that are sampled alike. */
export interface Stratum {
  /** Names it among those of its rule: the same as long as it has the same values. */
  key: string;
  /** Null: those that no other stratum has, or all where the rule has no strata. */
  values: readonly string[] | null;
  sampleRate: number;
  perDay: number | null;
}

export interface Strata {
  /** Null: one stratum for all. */
  property: string | null;
  byValue: ReadonlyMap<string, Stratum>;
  rest: Stratum;
}

export function strataOf({ sampleRate: rate, perDay: most, stratify }: Sampling): Strata {
  if (stratify === undefined) {
    const all: Stratum = { key: '', values: null, sampleRate: rate, perDay: most ?? null };
    return { property: null, byValue: new Map(), rest: all };
  }
  const byValue = new Map<string, Stratum>();
  for (const { values, ...one } of stratify.strata) {
    // After the first in order: it keeps its name when they are given in another one.
    const key = `=${values.toSorted()[0]}`;
    const stratum: Stratum = { key, values, sampleRate: one.sampleRate, perDay: one.perDay ?? null };
    for (const value of values) byValue.set(value, stratum);
  }
  const { rest } = stratify;
  return {
    property: propertyName(stratify.property),
    byValue,
    rest: { key: 'rest', values: null, sampleRate: rest.sampleRate, perDay: rest.perDay ?? null },
  };
}

/** All of them. */
export function eachStratum({ byValue, rest }: Strata): Stratum[] {
  return [...new Set([...byValue.values(), rest])];
}
