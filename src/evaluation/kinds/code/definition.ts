/**
 * The files of the kind `code`: `NAME.code.yaml`, or the code alone, whose first comment says what would stand there.
 * Finding the files is left to folder.ts.
 *
 *     # returns: number
 *     # range: { min: 0, max: 1 }
 *     def evaluate(log): ...
 */
import { createHash } from 'node:crypto';
import { parse } from 'yaml';
import { z } from 'zod';
import { type CodeSettings, codeSettingsSchema } from '../../../model/definition.ts';
import { DIRECTIONS, onlineSchema } from '../../../model/evaluator.ts';
import { optionsSchema, rangeSchema } from '../../../model/scale.ts';
import { SCORE_KINDS } from '../../../model/score.ts';
import { fileFault } from '../../file-fault.ts';
import type { Runnable } from '../../kind.ts';

export const LANGUAGES = codeSettingsSchema.shape.language.options;
type Language = CodeSettings['language'];

const about = {
  description: z.string().max(1000).optional(),
  returns: z.enum(SCORE_KINDS),
  range: rangeSchema.optional(),
  options: optionsSchema.optional(),
  better: z.enum(DIRECTIONS).optional(),
  threshold: z.number().optional(),
  needsTarget: z.boolean().default(false),
  deadlineMs: z.number().int().positive().max(600_000).default(5000),
  memoryMb: z.number().int().min(16).max(4096).optional(),
  online: z.union([z.literal(false), onlineSchema]).optional(),
};
const headSchema = z.strictObject(about);
const fileSchema = z.strictObject({
  ...about,
  language: z.enum(LANGUAGES).optional(),
  source: codeSettingsSchema.shape.source.optional(),
  /** A file beside it that holds the source. */
  file: z.string().min(1).optional(),
});
type About = z.infer<typeof headSchema>;

const COMMENTS: Record<Language, RegExp> = { python: /^#(?!!) ?(.*)$/, javascript: /^\/\/ ?(.*)$/ };

/** The language of a file that holds code. */
export function languageOf(file: string): Language | undefined {
  if (file.endsWith('.py')) return 'python';
  return file.endsWith('.js') || file.endsWith('.mjs') ? 'javascript' : undefined;
}

/** The file that a definition has its source in; undefined where it has none, or cannot be read. */
export function sourceFileOf(yaml: string): string | undefined {
  try {
    const { file } = parse(yaml, { maxAliasCount: 0 }) as { file?: unknown };
    return typeof file === 'string' ? file : undefined;
  } catch {
    return undefined;
  }
}

/** What a `NAME.code.yaml` defines; `beside` holds the files that hold sources, by name. Throws what is wrong with it. */
export function readCodeYaml(name: string, yaml: string, beside: ReadonlyMap<string, string>): Runnable<'code'> {
  const given = parsed(fileSchema, yaml);
  if ((given.source === undefined) === (given.file === undefined))
    throw new Error('source: give the code as source, or name a file beside this one that holds it as file.');
  const { file, source = beside.get(file!) } = given;
  if (source === undefined)
    throw new Error(`file: there is no ${file} beside this file. Name one that ends in .py or .code.js.`);
  const language = given.language ?? (file === undefined ? undefined : languageOf(file));
  if (language === undefined) throw new Error(`language: say ${LANGUAGES.join(' or ')}.`);
  return codeEvaluator(name, given, { language, source });
}

/** What a file of code defines by its first comment. Throws what is wrong with it. */
export function readCodeFile(name: string, file: string, source: string): Runnable<'code'> {
  const language = languageOf(file)!;
  const head = headOf(source, COMMENTS[language]);
  if (head === undefined) {
    const mark = language === 'python' ? '#' : '//';
    throw new Error(`It does not say what it returns. Begin it with a comment: ${mark} returns: boolean`);
  }
  return codeEvaluator(name, parsed(headSchema, head), { language, source });
}

/** The lines of comment at the top from the one that says what is returned to the last before anything else. */
function headOf(source: string, comment: RegExp): string | undefined {
  const head: string[] = [];
  for (const line of source.split(/\r?\n/)) {
    const said = comment.exec(line)?.[1];
    if (said === undefined) {
      if (head.length === 0 && (line.trim() === '' || line.startsWith('#!'))) continue;
      break;
    }
    if (head.length > 0 || /^returns\s*:/.test(said)) head.push(said);
  }
  return head.length > 0 ? head.join('\n') : undefined;
}

function codeEvaluator(name: string, given: About, settings: CodeSettings): Runnable<'code'> {
  const { returns, range = null, options = null, needsTarget, deadlineMs, memoryMb = null } = given;
  if (range && returns !== 'number') throw new Error('range: only an evaluator that returns a number has one.');
  if (options && returns !== 'category')
    throw new Error('options: only an evaluator that returns a category has them.');
  if (needsTarget && given.online)
    throw new Error('online: live logs have no target, which needsTarget says it needs. Set online: false.');
  const online = given.online ?? (needsTarget ? false : { sampleRate: 1 });
  // What its scores follow from, and not the file's bytes: a new description makes no new version.
  const version = createHash('sha256')
    .update(JSON.stringify([settings.language, settings.source, returns, range, options, deadlineMs, memoryMb]))
    .digest('hex')
    .slice(0, 16);
  return {
    evaluator: {
      name,
      version,
      projectId: null,
      kind: 'code',
      returns,
      description: given.description ?? null,
      range,
      options,
      better: given.better ?? null,
      needsTarget,
      threshold: given.threshold ?? null,
      deadlineMs,
      memoryMb,
      online: online === false ? null : online,
      managedBy: 'file',
    },
    settings,
  };
}

function parsed<Of>(schema: z.ZodObject & z.ZodType<Of>, yaml: string): Of {
  const read = schema.safeParse(parse(yaml, { maxAliasCount: 0 }));
  if (read.success) return read.data;
  throw new Error(fileFault(read.error, 'a code evaluator', Object.keys(schema.shape)));
}
