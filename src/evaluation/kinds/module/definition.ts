/** Checks what a module says about itself, and makes of it what the rest of Gradeway knows of an evaluator. */
import { z } from 'zod';
import { type Evaluator, onlineSchema } from '../../../model/evaluator.ts';
import { SCORE_KINDS } from '../../../model/score.ts';
import type { EvaluatorFile } from './folder.ts';
import { DEFAULT_DEADLINE_MS } from './protocol.ts';

const describedSchema = z.object({
  returns: z.enum(SCORE_KINDS),
  description: z.string().max(1000).optional(),
  online: z.union([z.literal(false), onlineSchema]).default({ sampleRate: 1 }),
  deadlineMs: z.number().int().positive().max(600_000).default(DEFAULT_DEADLINE_MS),
  unknownKeys: z.array(z.string()),
});

/** An evaluator, or what is wrong with its definition. */
export function readDefinition(described: unknown, file: EvaluatorFile): Evaluator | { error: string } {
  const read = describedSchema.safeParse(described);
  if (!read.success) return { error: read.error.issues.map(describeIssue).join('; ') };
  const { returns, description, online, deadlineMs, unknownKeys } = read.data;
  if (unknownKeys.length > 0)
    return {
      error: `"${unknownKeys[0]}" is not a part of an evaluator: it has returns, description, online, deadlineMs and evaluate.`,
    };
  return {
    name: file.name,
    version: file.version,
    kind: 'module',
    returns,
    description: description ?? null,
    online: online === false ? null : online,
    deadlineMs,
    projectId: null,
    range: null,
    options: null,
    better: null,
    needsTarget: false,
    threshold: null,
    memoryMb: null,
    managedBy: 'file',
  };
}

/** A union tells of every branch that failed; the deepest says most. */
function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    const branches = issue.errors.flat().toSorted((a, b) => b.path.length - a.path.length);
    const deepest = branches.find((one) => one.code === 'unrecognized_keys') ?? branches.findLast(Boolean);
    if (deepest) return describeIssue({ ...deepest, path: [...issue.path, ...deepest.path] });
  }
  return `${issue.path.join('.') || 'definition'}: ${issue.message}`;
}
