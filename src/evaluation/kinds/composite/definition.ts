/** A composite's file, `NAME.composite.yaml`: what may stand in it, and what is made of it. Finding the files is left to composite.ts. */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { compositeSettingsSchema, DEFINITION_DEADLINE_MS } from '../../../model/definition.ts';
import { DIRECTIONS, onlineSchema } from '../../../model/evaluator.ts';
import { optionsSchema, rangeSchema } from '../../../model/scale.ts';
import { SCORE_KINDS } from '../../../model/score.ts';
import { fileFault } from '../../file-fault.ts';
import type { Runnable } from '../../kind.ts';
import { settingsFault } from './settle.ts';

const fileSchema = z.strictObject({
  description: z.string().max(1000).optional(),
  steps: compositeSettingsSchema.shape.steps,
  returns: z.enum(SCORE_KINDS),
  range: rangeSchema.optional(),
  options: optionsSchema.optional(),
  better: z.enum(DIRECTIONS).optional(),
  threshold: z.number().optional(),
  deadlineMs: z.number().int().positive().max(600_000).default(DEFINITION_DEADLINE_MS),
  online: z.union([z.literal(false), onlineSchema]).optional(),
});

/** A composite, or what is wrong with its file. Whether there are the evaluators that it names is asked later. */
export function readComposite(name: string, source: string): Runnable<'composite'> | { error: string } {
  try {
    return read(name, source);
  } catch (error) {
    if (error instanceof z.ZodError) return { error: fileFault(error, 'a composite', Object.keys(fileSchema.shape)) };
    return { error: (error as Error).message };
  }
}

function read(name: string, source: string): Runnable<'composite'> {
  const given = fileSchema.parse(parse(source, { maxAliasCount: 0 }));
  const { steps, returns, range = null, options = null, deadlineMs, online = { sampleRate: 1 } } = given;
  if (range && returns !== 'number') throw new Error('range: only an evaluator that returns a number has one.');
  if (options && returns !== 'category')
    throw new Error('options: only an evaluator that returns a category has them.');
  const fault = settingsFault({ steps });
  if (fault) throw new Error(`${fault.member.replace('settings.', '')}: ${fault.message}`);
  // What its scores follow from, and not the file's bytes: a new description makes no new version.
  const version = createHash('sha256')
    .update(JSON.stringify([steps, returns, range, options, deadlineMs]))
    .digest('hex')
    .slice(0, 16);
  return {
    evaluator: {
      name,
      version,
      projectId: null,
      kind: 'composite',
      returns,
      description: given.description ?? null,
      range,
      options,
      better: given.better ?? null,
      needsTarget: false,
      threshold: given.threshold ?? null,
      deadlineMs,
      memoryMb: null,
      online: online === false ? null : online,
      managedBy: 'file',
    },
    settings: { steps },
  };
}
