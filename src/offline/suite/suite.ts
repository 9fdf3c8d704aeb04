/** A suite: the file that says what is evaluated before a change ships, against what, and what must hold. */
import { parse } from 'yaml';
import { z } from 'zod';
import { nearest } from '../../model/nearest.ts';
import { datasetName } from '../../model/datapoint.ts';
import { outputSourceSchema, runEvaluatorSchema, runSpecSchema } from '../../model/run.ts';
import { gateSchema } from '../comparison/gate.ts';
import { DATASET_FORMATS } from '../datasets/read-file.ts';

const part = {
  split: z.enum(['train', 'test']).optional(),
  testShare: z.number().gt(0).lt(1).default(0.2),
  sample: z.number().int().min(1).optional(),
};

const spec = runSpecSchema.shape;

export const suiteSchema = z.strictObject({
  /** Name of the runs that it makes, by which others find them as their baseline. The file's name where it is left out. */
  name: z.string().min(1).max(200).optional(),
  /** A dataset of the store, or a file beside the suite, which becomes one. */
  dataset: z.union([
    datasetName.transform((name) => ({ name, ...DEFAULT_PART })),
    z.strictObject({ name: datasetName, version: z.number().int().min(1).optional(), ...part }),
    z.strictObject({
      file: z.string().min(1),
      format: z.enum(DATASET_FORMATS).optional(),
      /** Of the dataset that it becomes; the suite's where it is left out. */
      name: datasetName.optional(),
      ...part,
    }),
  ]),
  outputs: outputSourceSchema.default({ from: 'existing' }),
  evaluators: z
    .array(z.union([z.string().transform((name) => ({ name, posted: false })), runEvaluatorSchema]))
    .min(1)
    .max(100),
  repetitions: spec.repetitions,
  concurrency: spec.concurrency,
  callsPerMinute: spec.callsPerMinute,
  spendCapUsd: spec.spendCapUsd,
  /** Id or name of a run, the newest completed one of that name; or a report of an earlier run (`.json`), beside the suite. */
  baseline: z.string().min(1).optional(),
  gates: z.array(gateSchema).max(100).default([]),
  /** Share of outputs that may be missing, because the provider failed, before the whole is called off. */
  mostFailedOutputs: z.number().min(0).max(1).default(0.05),
});
export type Suite = z.infer<typeof suiteSchema>;

const DEFAULT_PART = { testShare: 0.2 };

/** Reads a suite. Throws an Error that names each mistake with its place. */
export function readSuite(text: string): Suite {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new Error(`It is not YAML: ${(error as Error).message}`, { cause: error });
  }
  const read = suiteSchema.safeParse(value);
  if (read.success) return read.data;
  throw new Error(read.error.issues.map(described).join('\n'));
}

function described(issue: z.core.$ZodIssue): string {
  const at = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    const known = at === '' ? Object.keys(suiteSchema.shape) : [];
    const near = nearest(issue.keys[0]!, known);
    return `${at === '' ? '' : `${at}: `}"${issue.keys[0]}" is not known here${near ? `; did you mean ${near}?` : ''}`;
  }
  if (issue.code === 'invalid_union') {
    // The member of the union that came closest says it best.
    const closest = issue.errors.toSorted((one, other) => depthOf(other) - depthOf(one))[0]?.[0];
    if (closest !== undefined) return described({ ...closest, path: [...issue.path, ...closest.path] });
  }
  return `${at || 'the suite'}: ${issue.message}`;
}

function depthOf(issues: readonly z.core.$ZodIssue[]): number {
  return Math.max(0, ...issues.map(({ path }) => path.length));
}
