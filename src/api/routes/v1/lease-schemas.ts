/** What routes of leased jobs have in common. */
import { z } from 'zod';
import { ATTEMPTS } from '../../../evaluation/evaluate.ts';
import type { Definition } from '../../../model/definition.ts';
import { EVALUATOR_NAME } from '../../../model/evaluator.ts';
import { SCORE_KINDS, scoreValueSchema } from '../../../model/score.ts';
import { optionsSchema, rangeSchema } from '../../../model/scale.ts';
import { wholeLogSchema } from '../../../model/log-row.ts';

export const evaluatorParams = z.object({
  evaluator: z
    .string()
    .regex(EVALUATOR_NAME, { error: 'a name has 1 to 100 letters, digits, dots, hyphens and underscores' })
    .describe('Name of the evaluator.'),
});

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const PLAIN = /^[^\u0000-\u001f\u007f]+$/;

/** A person or a worker. */
export const whoSchema = z
  .string()
  .min(1)
  .max(200)
  .regex(PLAIN, { error: 'it has control characters' })
  .refine((text) => text.isWellFormed(), { error: 'half of a surrogate pair is in it' });

export const leaseToken = z.string().min(1).max(8192).describe('As it was answered with the job.');

/** How long a job is held before others may have it. */
export const leaseSeconds = (standard: number): z.ZodDefault<z.ZodNumber> =>
  z.number().int().min(5).max(86_400).default(standard);

export const waitSeconds = z.number().min(0).max(30).describe('How long to wait where there is nothing yet, 0 to 30.');

export const reasonSchema = z.string().max(4096);

export const leasedJobSchema = z
  .object({
    lease: z.string().describe('Proves that the job is yours. Send it with what you found out.'),
    leaseUntilMs: z.number().describe('Then others may have it, unless you renew it before.'),
    attempt: z.number().describe('1 for the first time that anybody took it.'),
    evaluatorVersion: z.string(),
    log: wholeLogSchema,
  })
  .meta({ id: 'LeasedJob' });

/** What a result must be. */
export const formSchema = z
  .object({
    returns: z.enum(SCORE_KINDS),
    range: rangeSchema.nullable().describe('Of a number; null: any.'),
    options: optionsSchema.nullable().describe('Of a category; null: any text.'),
    better: z.enum(['higher', 'lower']).nullable(),
  })
  .meta({ id: 'ResultForm' });

export function formOf({ returns, range, options, better }: Definition): z.infer<typeof formSchema> {
  return { returns, range, options, better };
}

const givenScores = z.record(
  z.string().min(1).max(200),
  z.union([scoreValueSchema, z.strictObject({ value: scoreValueSchema.nullable(), reason: reasonSchema.optional() })]),
);

const failureSchema = z.strictObject({
  message: z.string().min(1).max(4096),
  retryable: z.boolean().default(true).describe(`Whether a job shall be tried again, ${ATTEMPTS} times in all.`),
});

/** What came of a log: exactly one of value, scores, abstain and failure. */
export const givenResultShape = {
  value: scoreValueSchema.optional().describe('The score, named like the evaluator.'),
  reason: reasonSchema.optional().describe('Why it is this value, or why there is none.'),
  scores: givenScores.optional().describe('Several scores by name: a value, or `{ value, reason }`.'),
  abstain: z.literal(true).optional().describe('You looked, and have nothing to say.'),
  failure: failureSchema.optional().describe('You could not look.'),
};

export function isOneThing(
  given: Partial<Record<keyof typeof givenResultShape, unknown>>,
  context: z.RefinementCtx,
): void {
  const said = (['value', 'scores', 'abstain', 'failure'] as const).filter((name) => given[name] !== undefined);
  if (said.length === 1) return;
  const message = 'send exactly one of value, scores, abstain and failure';
  context.addIssue({ code: 'custom', path: ['value'], message });
}
