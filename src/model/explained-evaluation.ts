/** What became of a log with an evaluator, or why nothing did, as /api/v1 gives it. */
import { z } from 'zod';

export const EVALUATION_STATES = [
  /** Outcomes. */
  'scored',
  'abstained',
  'skipped',
  'failed',
  /** Its job waits, for the first time or for another try. */
  'queued',
  /** Its job waits, for the budget that pays for it is used up. */
  'over_budget',
  'running',
  /** Its job waits, and is kept until somebody resumes the evaluator. */
  'paused',
  /** It failed for good, and its job is kept. */
  'dead',
  /** It does not look at live logs: no rule that is enabled sends it any. */
  'offline',
  'sampled_out',
  'not_matched',
  /** Its rule matches, and did not when the log was recorded; or the log is of a judge's own call. */
  'before_rule',
] as const;
export type EvaluationState = (typeof EVALUATION_STATES)[number];

export const RULE_VERDICTS = [
  /** It gives the log to its evaluator. */
  'taken',
  'sampled_out',
  'not_matched',
  'disabled',
] as const;
export type RuleVerdictName = (typeof RULE_VERDICTS)[number];

const samplingSchema = z
  .object({
    place: z
      .number()
      .describe('Where the log lies among all, 0 to 1, by a hash of its id: it is in every sample of a larger share.'),
    property: z.string().nullable().describe('The property that the rule has strata by.'),
    values: z
      .array(z.string())
      .nullable()
      .describe('Values of the stratum that the log is in; null for the rest, and without strata.'),
    sampleRate: z.number().describe('The share that is taken; the largest one where so many a day are.'),
    day: z
      .object({
        stratum: z.string().describe('Its key.'),
        perDay: z.number(),
        date: z.string().describe('The day on which the log began, such as 2026-01-31, in the zone of the rule.'),
        endsAtMs: z.number().describe('When it ends, and the next number begins.'),
        matched: z.number().nullable().describe('How many logs of the day the rule has matched; a few seconds late.'),
        taken: z.number().nullable().describe('How many of them were taken.'),
        usedUpAtMs: z
          .number()
          .nullable()
          .describe('When the number was used up: logs from then to the end of the day are not taken.'),
      })
      .nullable()
      .describe('Of a rule that takes so many a day, spread over it.'),
  })
  .nullable()
  .meta({ id: 'LogSampling' })
  .describe('How the log was sampled; null where it does not match, or all that match are taken.');

export const explainedEvaluationSchema = z
  .object({
    evaluator: z.string(),
    version: z.string().nullable().describe('The version that looked at the log last.'),
    state: z
      .enum(EVALUATION_STATES)
      .describe(
        'What came of it (scored, abstained, skipped, failed); where its job stands (queued, over_budget: it waits until the budget of its rule goes on, running, paused: kept until the ' +
          'evaluator is resumed, dead: failed for good); or why there is none: offline (no rule sends it live logs), sampled_out, not_matched, before_rule (its rule matches the log now, and ' +
          "did not when the log was recorded, or the log is of a judge's own call, which is never evaluated).",
      ),
    clause: z.string().nullable().describe('For not_matched: the condition that did not hold, as JSON.'),
    rules: z
      .array(
        z.object({
          rule: z
            .string()
            .describe('Its name; `online:` and the name of the evaluator where the evaluator brings it along.'),
          verdict: z.enum(RULE_VERDICTS),
          clause: z.string().nullable(),
          sampling: samplingSchema,
        }),
      )
      .describe('What each of its rules says to the log now.'),
    reason: z
      .string()
      .nullable()
      .describe(
        'Why it abstained, was skipped or failed; for queued, why the last try failed; for over_budget, by how much; for paused, why it is.',
      ),
    code: z.string().nullable().describe('Failure code of the last try.'),
    attempt: z.number().describe('Tries so far.'),
    dueAtMs: z
      .number()
      .nullable()
      .describe('For queued, over_budget and paused: when it may be taken. For running: when its lease ends.'),
    ahead: z
      .number()
      .nullable()
      .describe(
        'For queued and paused: how many waiting jobs of its evaluator in this project go before it, counted up to 10,000.',
      ),
    atMs: z.number().nullable().describe('When it ended.'),
  })
  .meta({ id: 'ExplainedEvaluation' });

export type ExplainedEvaluation = z.infer<typeof explainedEvaluationSchema>;
