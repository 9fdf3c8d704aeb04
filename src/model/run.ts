/** Runs: evaluators over a version of a dataset, with outputs that are generated, posted or there already. */
import { z } from 'zod';
import { datasetName } from './datapoint.ts';
import { EVALUATOR_NAME } from './evaluator.ts';
import { OUTCOMES } from './outcome.ts';
import { SCORE_KINDS, type ScoreValue } from './score.ts';

export const RUN_LIMITS = {
  repetitions: 100,
  evaluators: 100,
  concurrency: 500,
} as const;

const MOST_TEXT = 100_000;

/** Which model is asked, and how. */
export const modelConfigSchema = z.strictObject({
  /** Name of a configured upstream. */
  upstream: z.string().min(1).max(100).default('openai'),
  model: z.string().min(1).max(200),
  /**
   * What is sent: one text, sent as the user's, or messages; `{{ inputs.name }}` stands for an input of the datapoint. The
   * datapoint's own messages follow. Absent: those alone.
   */
  prompt: z
    .union([
      z.string().min(1).max(MOST_TEXT),
      z
        .array(
          z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: z.string().min(1).max(MOST_TEXT) }),
        )
        .min(1)
        .max(50),
    ])
    .optional(),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.number().int().positive().max(1_000_000).optional(),
  seed: z.number().int().optional(),
  /** Members of the provider's request body that are sent as they are: tools, response_format, and so on. */
  parameters: z.record(z.string(), z.unknown()).default({}),
});
export type ModelConfig = z.infer<typeof modelConfigSchema>;

/** What is different when recorded requests are sent again. */
export const replayConfigSchema = z.strictObject({
  /** Name of a configured upstream of the same wire format; where it was sent before when absent. */
  upstream: z.string().min(1).max(100).optional(),
  model: z.string().min(1).max(200).optional(),
  /** In place of the system prompt that was sent. */
  system: z.string().max(MOST_TEXT).optional(),
  /** Members of the provider's request body that are sent in place of those that were. */
  parameters: z.record(z.string(), z.unknown()).default({}),
});
export type ReplayConfig = z.infer<typeof replayConfigSchema>;

/** Where outputs come from. */
export const outputSourceSchema = z.discriminatedUnion('from', [
  /** A model is asked for them, through the gateway. */
  z.strictObject({
    from: z.literal('generated'),
    config: modelConfigSchema,
    /** False: what the same request has answered before in any run is taken again. */
    fresh: z.boolean().default(false),
  }),
  /** The requests of the logs that the datapoints were made from are sent again, with something changed. */
  z.strictObject({ from: z.literal('replayed'), config: replayConfigSchema, fresh: z.boolean().default(false) }),
  /** Somebody posts them. */
  z.strictObject({ from: z.literal('posted') }),
  /** They are the logs that the datapoints were made from. */
  z.strictObject({ from: z.literal('existing') }),
]);
export type OutputSource = z.infer<typeof outputSourceSchema>;

export const runEvaluatorSchema = z.strictObject({
  name: z.string().regex(EVALUATOR_NAME),
  /** The newest when absent. */
  version: z.string().min(1).max(64).optional(),
  /** Its results are posted: by another framework, or by people. Whoever posts them need not be known here. */
  posted: z.boolean().default(false),
  /** What it returns, where it is posted and not known here. */
  returns: z.enum(SCORE_KINDS).optional(),
});
export type RunEvaluator = z.infer<typeof runEvaluatorSchema>;

export const runSpecSchema = z.strictObject({
  name: z.string().min(1).max(200),
  dataset: z.strictObject({
    name: datasetName,
    /** The newest when absent. */
    version: z.number().int().min(1).max(1e9).optional(),
    /** Only this part of it; see split.ts of offline/datasets. */
    split: z.enum(['train', 'test']).optional(),
    testShare: z.number().gt(0).lt(1).default(0.2),
    /** Only so many of it, the same for every run: those with the smallest hashes. */
    sample: z.number().int().min(1).optional(),
  }),
  outputs: outputSourceSchema,
  evaluators: z.array(runEvaluatorSchema).max(RUN_LIMITS.evaluators).default([]),
  /** How often each datapoint is asked. */
  repetitions: z.number().int().min(1).max(RUN_LIMITS.repetitions).default(1),
  /** Calls of models that are under way at once. */
  concurrency: z.number().int().min(1).max(RUN_LIMITS.concurrency).default(10),
  /** Calls that are begun in a minute at most. */
  callsPerMinute: z.number().positive().optional(),
  /** When this is spent on outputs and evaluations, the run stops with what it has. */
  spendCapUsd: z.number().positive().optional(),
});
export type RunSpec = z.infer<typeof runSpecSchema>;

/** `waiting`: all that can be done here is done, and somebody is to post the rest. */
export const RUN_STATES = ['pending', 'running', 'waiting', 'completed', 'cancelled', 'failed'] as const;
export type RunState = (typeof RUN_STATES)[number];

export interface Run {
  id: string;
  projectId: string;
  /** With the dataset's version, and versions of evaluators as they were when it was made. */
  spec: RunSpec;
  state: RunState;
  /** Why it was cancelled, stopped or failed. */
  reason: string | null;
  /** Outputs that there are to be: datapoints times repetitions. */
  outputs: number;
  createdAtMs: number;
  startedAtMs: number | null;
  endedAtMs: number | null;
}

/** Where in a run something belongs: a datapoint by its place in the dataset, and which repetition, from 0. */
export interface Cell {
  position: number;
  repetition: number;
}

/** What there is to be evaluated: an output is always a log. */
export interface RunOutput extends Cell {
  datapointId: string;
  /** Null where there is none, for the reason that stands beside. */
  logId: string | null;
  failure: string | null;
  /** SHA-256 of the request, hex, by which it is found again. */
  requestHash: string | null;
  costUsd: number | null;
  durationMs: number | null;
  atMs: number;
}

/** What an evaluator said of an output. One row for each of its scores, or one without where it gave none. */
export interface RunResult extends Cell {
  evaluator: string;
  /** Name of the score; the evaluator's where there is none. */
  name: string;
  version: string;
  outcome: (typeof OUTCOMES)[number];
  value: ScoreValue | null;
  reason: string | null;
  /** Of a failure. */
  code: string | null;
  durationMs: number | null;
  costUsd: number | null;
  atMs: number;
}

/** How far a run is. */
export interface RunProgress {
  /** To come in all. */
  outputs: number;
  outputsThere: number;
  outputsFailed: number;
  /** By evaluator: how many outputs it has looked at, and what came of it. */
  evaluators: Record<string, Record<(typeof OUTCOMES)[number], number>>;
  costUsd: number;
}
