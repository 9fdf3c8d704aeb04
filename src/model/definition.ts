/**
 * What an evaluator is defined by that is not a file: the members that all kinds have, and the `settings` of its kind.
 * What settings mean and how they are run is the kind's business (`evaluation/kinds/`).
 */
import { z } from 'zod';
import { comparesSomething, CONDITION } from './condition.ts';
import { DIRECTIONS, type Evaluator, EVALUATOR_NAME, type ManagedBy, onlineSchema } from './evaluator.ts';
import { OUTCOMES } from './outcome.ts';
import { optionsSchema, rangeSchema } from './scale.ts';
import { SCORE_KINDS } from './score.ts';

const MOST_SOURCE = 256 * 1024;
const MOST_TEXT = 100_000;
const MOST_STEPS = 10;
/** Where a definition says nothing. */
export const DEFINITION_DEADLINE_MS = 30_000;

const evaluatorName = z.string().regex(EVALUATOR_NAME, {
  error: 'a name has 1 to 100 letters, digits, ".", "_" and "-", and begins with a letter or digit',
});

const common = {
  description: z.string().max(1000).nullable().default(null),
  returns: z.enum(SCORE_KINDS),
  range: rangeSchema.nullable().default(null),
  options: optionsSchema.nullable().default(null),
  better: z.enum(DIRECTIONS).nullable().default(null),
  needsTarget: z.boolean().default(false),
  threshold: z.number().nullable().default(null),
  deadlineMs: z.number().int().positive().max(600_000).default(DEFINITION_DEADLINE_MS),
  memoryMb: z.number().int().min(16).max(4096).nullable().default(null),
};

export const codeSettingsSchema = z.strictObject({
  language: z.enum(['python', 'javascript']),
  source: z.string().min(1).max(MOST_SOURCE),
});
export type CodeSettings = z.infer<typeof codeSettingsSchema>;

const templateMessageSchema = z.strictObject({
  role: z.enum(['system', 'user', 'assistant']),
  content: z.string().min(1).max(MOST_TEXT),
});

export const judgeSettingsSchema = z.strictObject({
  /** One text, sent as the user's, or messages. */
  template: z.union([z.string().min(1).max(MOST_TEXT), z.array(templateMessageSchema).min(1).max(50)]),
  model: z.string().min(1).max(200),
  /** Name of a configured upstream. */
  upstream: z.string().min(1).max(100),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.number().int().positive().max(100_000).optional(),
  /** The reason is asked for before the value, so that the value follows from it. */
  reasonFirst: z.literal(true).default(true),
});
export type JudgeSettings = z.infer<typeof judgeSettingsSchema>;

export const webhookSettingsSchema = z.strictObject({
  url: z.url({ protocol: /^https?$/ }).max(2048),
  /** Signs what is sent. */
  secret: z.string().min(16).max(200).optional(),
  /** Whether the scores are in the answer, or posted later. */
  answer: z.enum(['now', 'later']).default('now'),
});
export type WebhookSettings = z.infer<typeof webhookSettingsSchema>;

export const externalSettingsSchema = z.strictObject({});
export type ExternalSettings = z.infer<typeof externalSettingsSchema>;

export const humanSettingsSchema = z.strictObject({
  instructions: z.string().max(MOST_TEXT).default(''),
});
export type HumanSettings = z.infer<typeof humanSettingsSchema>;

/** When the next step is taken: how this one must have ended, and what must be true of its value where it has one. */
const continueIfSchema = z
  .strictObject({
    /** Any of these; `scored` when absent. */
    outcome: z.array(z.enum(OUTCOMES)).min(1).optional(),
    ...CONDITION,
  })
  .refine((given) => given.outcome !== undefined || comparesSomething(given), {
    error: 'asks for nothing. Give an outcome, or one of equals, in, gt, gte, lt, lte',
  });
export type ContinueIf = z.infer<typeof continueIfSchema>;

export const compositeSettingsSchema = z.strictObject({
  steps: z
    .array(
      z.strictObject({
        evaluator: z.string().regex(EVALUATOR_NAME),
        /** The newest when absent. */
        version: z.string().max(64).optional(),
        /** Absent: always, unless this one fails. */
        continueIf: continueIfSchema.optional(),
      }),
    )
    .min(1)
    .max(MOST_STEPS),
});
export type CompositeSettings = z.infer<typeof compositeSettingsSchema>;

/** A definition with further members. */
function definitionWith<Head extends z.ZodRawShape>(head: Head) {
  const of = { ...head, ...common };
  return z
    .discriminatedUnion('kind', [
      z.strictObject({ ...of, kind: z.literal('code'), settings: codeSettingsSchema }),
      z.strictObject({ ...of, kind: z.literal('judge'), settings: judgeSettingsSchema }),
      z.strictObject({ ...of, kind: z.literal('webhook'), settings: webhookSettingsSchema }),
      z.strictObject({ ...of, kind: z.literal('external'), settings: externalSettingsSchema }),
      z.strictObject({ ...of, kind: z.literal('human'), settings: humanSettingsSchema }),
      z.strictObject({ ...of, kind: z.literal('composite'), settings: compositeSettingsSchema }),
    ])
    .superRefine((given, context) => {
      const { returns, range, options } = given as Pick<Definition, 'returns' | 'range' | 'options'>;
      const say = (member: string, message: string): void =>
        context.addIssue({ code: 'custom', path: [member], message });
      if (range && returns !== 'number') say('range', 'only an evaluator that returns a number has a range');
      if (options && returns !== 'category') say('options', 'only an evaluator that returns a category has options');
    });
}

export const definitionSchema = definitionWith({ name: evaluatorName });
/** A definition that is put by its name, which then is not a member. */
export const namelessDefinitionSchema = definitionWith({ online: onlineSchema.nullable().optional() });
/** One that brings its name and the simple rule of live logs: absent, the rule stays as it is; null, it looks at none. */
export const givenDefinitionSchema = definitionWith({
  name: evaluatorName,
  online: onlineSchema.nullable().optional(),
});
/** One of gradeway.yaml, with the project that it is of, by name. */
export const configuredDefinitionSchema = definitionWith({
  name: evaluatorName,
  project: z.string().min(1).max(200).default('default'),
  online: onlineSchema.nullable().default(null),
});
export type ConfiguredDefinition = z.infer<typeof configuredDefinitionSchema>;
/** One that is only tried. */
export const draftSchema = definitionWith({ name: evaluatorName.default('draft') });
export type GivenDefinition = z.infer<typeof givenDefinitionSchema>;

export type Definition = z.infer<typeof definitionSchema>;
export type DefinitionKind = Definition['kind'];
export type DefinitionOf<Of extends DefinitionKind> = Extract<Definition, { kind: Of }>;

/** One version of a definition, as it was put. It never changes. */
export interface Versioned<Of extends DefinitionKind = DefinitionKind> {
  projectId: string;
  version: string;
  managedBy: ManagedBy;
  createdAtMs: number;
  definition: DefinitionOf<Of>;
}

/** What the rest of Gradeway knows of an evaluator that is defined so. */
export function describeVersion({ projectId, version, managedBy, definition }: Versioned): Evaluator {
  const { settings: _, ...known } = definition;
  return { ...known, projectId, version, online: null, managedBy };
}
