/** A judge's file, `NAME.judge.yaml`: what may stand in it, and what is made of it. Finding the files is left to definition-files.ts. */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import type { JudgeSettings } from '../../../model/definition.ts';
import { DIRECTIONS, onlineSchema } from '../../../model/evaluator.ts';
import { nearest } from '../../../model/nearest.ts';
import { optionsSchema, rangeSchema } from '../../../model/scale.ts';
import { SCORE_KINDS } from '../../../model/score.ts';
import { fileFault } from '../../file-fault.ts';
import type { Runnable } from '../../kind.ts';
import { READY_MADE_JUDGES } from './ready-made.ts';
import { datapointVariable, DEFAULT_MAX_TOKENS, judgeFault } from './judge-of.ts';
import type { Scale } from './scale.ts';

/** What members of a definition are called in a file. */
const MEMBERS: Record<string, string> = {
  'settings.template': 'prompt',
  'settings.upstream': 'upstream',
};

const fileSchema = z.strictObject({
  description: z.string().max(1000).optional(),
  from: z.string().optional(),
  prompt: z.string().min(1).max(100_000).optional(),
  upstream: z.string().default('openai'),
  model: z.string().min(1).max(200),
  temperature: z.number().min(0).max(2).optional(),
  maxTokens: z.number().int().positive().max(100_000).default(DEFAULT_MAX_TOKENS),
  deadlineMs: z.number().int().positive().max(600_000).default(60_000),
  returns: z.enum(SCORE_KINDS).optional(),
  range: rangeSchema.optional(),
  options: optionsSchema.optional(),
  better: z.enum(DIRECTIONS).optional(),
  threshold: z.number().optional(),
  online: z.union([z.literal(false), onlineSchema]).optional(),
});

/** A judge, or what is wrong with its file. */
export function readJudge(
  name: string,
  source: string,
  upstreams: Iterable<string>,
): Runnable<'judge'> | { error: string } {
  try {
    return read(name, source, [...upstreams]);
  } catch (error) {
    if (error instanceof z.ZodError) return { error: fileFault(error, 'a judge', Object.keys(fileSchema.shape)) };
    return { error: (error as Error).message };
  }
}

function read(name: string, source: string, upstreams: string[]): Runnable<'judge'> {
  const given = fileSchema.parse(parse(source, { maxAliasCount: 0 }));
  const start = given.from === undefined ? undefined : readyMade(given.from);
  const prompt = given.prompt ?? start?.prompt;
  if (prompt === undefined)
    throw new Error(`prompt: it has none. Write one, or start from a ready-made judge: from: ${names()}.`);
  const scale = readScale(given, start?.scale);
  const { upstream, model, temperature, maxTokens } = given;
  const settings: JudgeSettings = {
    template: prompt,
    model,
    upstream,
    ...(temperature !== undefined && { temperature }),
    maxTokens,
    reasonFirst: true,
  };
  const fault = judgeFault({ ...scale, settings }, upstreams);
  if (fault) throw new Error(`${MEMBERS[fault.member] ?? fault.member}: ${fault.message}`);
  const ofDatapoint = datapointVariable(settings);
  const online = given.online ?? (ofDatapoint === undefined ? { sampleRate: 1 } : false);
  if (ofDatapoint !== undefined && online !== false)
    throw new Error(`online: live logs have no ${ofDatapoint}, which the prompt needs. Set online: false.`);
  // What it was made from, and not the file's bytes: a comment makes no new version, another ready-made prompt does.
  const version = createHash('sha256')
    .update(JSON.stringify([prompt, scale, upstream, model, temperature, maxTokens]))
    .digest('hex')
    .slice(0, 16);
  return {
    evaluator: {
      name,
      version,
      kind: 'judge',
      returns: scale.returns,
      description: given.description ?? start?.description ?? null,
      online: online === false ? null : online,
      deadlineMs: given.deadlineMs,
      projectId: null,
      range: scale.range,
      options: scale.options === null ? null : [...scale.options],
      better: given.better ?? start?.better ?? null,
      needsTarget: ofDatapoint !== undefined,
      threshold: given.threshold ?? null,
      memoryMb: null,
      managedBy: 'file',
    },
    settings,
  };
}

/** A scale is taken over whole or given whole: parts of two make none. */
function readScale({ returns, range, options }: z.infer<typeof fileSchema>, start: Scale | undefined): Scale {
  const isGiven = returns !== undefined || range !== undefined || options !== undefined;
  if (!isGiven && start !== undefined) return start;
  if (returns === undefined) throw new Error('returns: say boolean, number (with a range) or category (with options).');
  return { returns, range: range ?? null, options: options ?? null };
}

function readyMade(from: string): (typeof READY_MADE_JUDGES)[string] {
  if (Object.hasOwn(READY_MADE_JUDGES, from)) return READY_MADE_JUDGES[from]!;
  const near = nearest(from, Object.keys(READY_MADE_JUDGES));
  throw new Error(
    `from: there is no ready-made "${from}"${near ? `; did you mean ${near}?` : '.'} There are ${names()}.`,
  );
}

function names(): string {
  return Object.keys(READY_MADE_JUDGES).join(', ');
}
