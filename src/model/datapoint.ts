/** Datasets: named lists of datapoints whose versions never change, and what a datapoint is. */
import { z } from 'zod';
import { EVALUATOR_NAME } from './evaluator.ts';

export const DATASET_LIMITS = {
  /** Datapoints of one version. */
  datapoints: 1_000_000,
  /** Bytes of a datapoint as JSON. */
  datapointBytes: 1_000_000,
  /** Levels of it: what is nested more deeply cannot be handed from thread to thread. */
  depth: 200,
} as const;

/** Letters, digits, `.`, `_` and `-`, as names of evaluators. */
export const datasetName = z.string().regex(EVALUATOR_NAME, {
  error: 'it must be 1 to 100 letters, digits, `.`, `_` or `-`, beginning with a letter or digit',
});

/** A message as OpenAI's chat completions take it; members of a role's own are kept. */
export const chatMessageSchema = z.looseObject({ role: z.string().min(1).max(50) });
export type ChatMessage = z.infer<typeof chatMessageSchema>;

export const DATAPOINT_SOURCES = ['log', 'import', 'api'] as const;

/** Where a datapoint came from. */
export const datapointSourceSchema = z.strictObject({
  from: z.enum(DATAPOINT_SOURCES),
  /** Own id of the log. */
  logId: z.string().optional(),
  /** Name of the file. */
  file: z.string().max(255).optional(),
  /** Line of the file, from 1. */
  line: z.number().int().positive().optional(),
});
export type DatapointSource = z.infer<typeof datapointSourceSchema>;

/** What of a datapoint is written by whoever makes it. */
export const datapointContentSchema = z.strictObject({
  /** Values of the variables that a prompt's template names. */
  inputs: z.record(z.string().max(200), z.unknown()).default({}),
  /** A conversation that is to be continued. */
  messages: z.array(chatMessageSchema).min(1).nullable().default(null),
  /** What a good output would be, any JSON; null: there is none. */
  target: z.unknown().default(null),
  metadata: z.record(z.string().max(200), z.unknown()).default({}),
});
export type DatapointContent = z.infer<typeof datapointContentSchema>;

export interface Datapoint extends DatapointContent {
  /** UUID, the same in all versions. */
  id: string;
  source: DatapointSource;
}

export interface Dataset {
  id: string;
  projectId: string;
  name: string;
  description: string | null;
  /** Number of the newest version; 0 where nothing was ever put into it. */
  newest: number;
  /** Datapoints of the newest version. */
  datapoints: number;
  createdAtMs: number;
  /** When the newest version came into being. */
  changedAtMs: number;
}

export interface DatasetVersion {
  version: number;
  datapoints: number;
  /** What was added, edited and removed, against the version before. */
  added: number;
  edited: number;
  removed: number;
  /** What whoever made it says of it. */
  note: string | null;
  createdAtMs: number;
}

/** What is wrong with a datapoint beyond its shape; undefined where nothing is. */
export function datapointProblem({ inputs, messages }: DatapointContent): string | undefined {
  if (messages === null && Object.keys(inputs).length === 0)
    return 'it has neither inputs nor messages; give it at least one of them';
  return undefined;
}
