/**
 * The kind `code`: Python or JavaScript that came as a file, over the API or in the configuration. It is treated as nobody's
 * whom the operator trusts: it runs in a guest without any way out (`sandbox/`), and that in a child process with an empty environment and
 * Node's permission model, which is killed at a deadline. Two evaluators, or two projects, are never in one guest.
 */
import { z } from 'zod';
import { describeVersion, type Versioned } from '../../model/definition.ts';
import { DEFAULT_MEMORY_MB } from '../../sandbox/guest.ts';
import { SandboxPool } from '../../sandbox/pool.ts';
import { SANDBOX_DEFAULTS } from '../../sandbox/sandbox.ts';
import type { Evaluated, EvaluationRequest, Kind, OnAnswer, Prepared, Problem } from '../kind.ts';
import { callFor } from './code/call.ts';
import { runCalls } from './code/calls.ts';
import { checkSources } from './code/check.ts';
import type { CodeEvaluator } from './code/definition.ts';
import { readCodeEvaluators, readCodeFolder } from './code/folder.ts';
import { type CallsFrame, FRAME_BYTES } from './code/protocol.ts';
import { Starter } from './code/start.ts';

/** Children at most. With two, an evaluator that hangs in one leaves the other to the rest. */
const PROCESSES = 2;
/** Calls go in frames of this size at most, so that little is held and little is run again. */
const CHUNK_CHARACTERS = 4 * 1024 * 1024;
const CHUNK_CALLS = 64;
/** A character takes up to three bytes, and is escaped once more on its way. */
const MOST_CHARACTERS = FRAME_BYTES / 8;

const settings = z.strictObject({
  /** Where files are looked for; undefined: nowhere. */
  folder: z.string().optional(),
});

/** Handed in: all versions of what is defined elsewhere than in files. */
export type CodeDefinitions = readonly Versioned<'code'>[];

export const codeKind: Kind<z.infer<typeof settings>, CodeDefinitions> = {
  kind: 'code',
  settings,
  trusted: false,
  executes: 'process',
  prepare,
};

interface Call {
  index: number;
  code: CodeEvaluator;
  call: string;
}

/** Rejects never. */
async function prepare({ folder }: z.infer<typeof settings>, definitions: CodeDefinitions): Promise<Prepared> {
  const found = folder === undefined ? undefined : await readCodeFolder(folder);
  const files = found ? readCodeEvaluators(found) : { evaluators: [], problems: [] };
  const all: (CodeEvaluator & { file?: string })[] = [
    ...files.evaluators,
    ...definitions.map((one) => ({
      evaluator: describeVersion(one as Versioned),
      settings: one.definition.settings,
    })),
  ];
  const languages = [...new Set(all.map((one) => one.settings.language))];
  const rssMb = SANDBOX_DEFAULTS.rssMb + Math.max(0, ...all.map(memoryOf));
  const starter = new Starter({ languages, rssMb });
  const pool = new SandboxPool({ size: PROCESSES, spare: true, start: (signal) => starter.start(signal) });
  if (all.length > 0) pool.startAhead();
  const problems = [...files.problems, ...(await checkFiles(pool, files.evaluators))];
  const broken = new Set<string | undefined>(problems.map(({ file }) => file));
  const known = new Versions(all.filter(({ file }) => !broken.has(file)));

  const evaluate = async (requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]> => {
    const answers: Evaluated[] = [];
    const calls: Call[] = [];
    for (const { id, subject, datapoint, projectId, evaluators, versions: asked } of requests)
      for (const evaluator of evaluators) {
        const code = known.find(projectId ?? subject.projectId, evaluator, asked?.[evaluator]);
        const index = answers.length;
        answers.push({ id, evaluator, version: code?.evaluator.version ?? '', outcome: notKnown(evaluator) });
        if (!code) continue;
        const call = callFor(code.settings.language, subject, datapoint);
        if (call.length <= MOST_CHARACTERS) calls.push({ index, code, call });
        else answers[index]!.outcome = skipped(`The log is larger than ${MOST_CHARACTERS} characters.`);
      }
    await Promise.all(
      framesOf(calls).map((frame) =>
        runCalls(pool, frame, (index, outcome, retryAtMs) => {
          Object.assign(answers[index]!, { outcome, ...(retryAtMs !== undefined && { retryAtMs }) });
          onAnswer?.(answers[index]!, index);
        }),
      ),
    );
    return answers;
  };

  return {
    list: known.newest().map(({ evaluator }) => evaluator),
    problems,
    evaluate,
    changed: async () => folder !== undefined && JSON.stringify(await readCodeFolder(folder)) !== JSON.stringify(found),
    close: () => pool.close(),
  };
}

/** Evaluators by project, name and version. */
class Versions {
  readonly #newest = new Map<string, CodeEvaluator>();
  readonly #all = new Map<string, CodeEvaluator>();

  /** Of several versions the last is the newest. */
  constructor(all: CodeEvaluator[]) {
    for (const one of all) {
      const { projectId, name, version } = one.evaluator;
      this.#newest.set(keyOf(projectId, name), one);
      this.#all.set(keyOf(projectId, name, version), one);
    }
  }

  newest(): CodeEvaluator[] {
    return [...this.#newest.values()];
  }

  /** The project's own, or else one of all projects; without a version the newest. */
  find(project: string, name: string, version: string | undefined): CodeEvaluator | undefined {
    const of = version === undefined ? this.#newest : this.#all;
    const rest = version === undefined ? [name] : [name, version];
    return of.get(keyOf(project, ...rest)) ?? of.get(keyOf(null, ...rest));
  }
}

/** Files that their language cannot read. */
async function checkFiles(pool: SandboxPool, files: (CodeEvaluator & { file: string })[]): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [language, some] of Map.groupBy(files, ({ settings }) => settings.language)) {
    const sources = some.map(({ settings }) => settings.source);
    try {
      const faults = await checkSources(pool, language, sources);
      for (const [index, message] of faults.entries())
        if (message !== undefined) problems.push({ file: some[index]!.file, message });
    } catch (error) {
      // It may start later; what asks for it is told then.
      problems.push({ file: `code in ${language}`, message: (error as Error).message });
    }
  }
  return problems;
}

/** Frames hold calls of one version of one evaluator of one project. */
function framesOf(calls: Call[]): CallsFrame[] {
  const frames: CallsFrame[] = [];
  for (const [code, own] of Map.groupBy(calls, (one) => one.code)) {
    let chunk: CallsFrame['calls'] = [];
    let characters = 0;
    for (const { index, call } of own) {
      if (chunk.length === CHUNK_CALLS || (chunk.length > 0 && characters + call.length > CHUNK_CHARACTERS)) {
        frames.push(frameOf(code, chunk));
        chunk = [];
        characters = 0;
      }
      chunk.push({ id: index, call });
      characters += call.length;
    }
    frames.push(frameOf(code, chunk));
  }
  return frames;
}

function frameOf(code: CodeEvaluator, calls: CallsFrame['calls']): CallsFrame {
  const { name, returns, range, options, deadlineMs } = code.evaluator;
  return { ...code.settings, name, returns, bounds: { range, options }, deadlineMs, memoryMb: memoryOf(code), calls };
}

function memoryOf({ evaluator }: CodeEvaluator): number {
  return evaluator.memoryMb ?? DEFAULT_MEMORY_MB;
}

function keyOf(...parts: (string | null)[]): string {
  return parts.join('\0');
}

function notKnown(evaluator: string): Evaluated['outcome'] {
  const message = `There is no evaluator "${evaluator}" in this project, or not in this version.`;
  return { outcome: 'failed', code: 'not_loaded', message, retryable: false, durationMs: 0, printed: '' };
}

function skipped(reason: string): Evaluated['outcome'] {
  return { outcome: 'skipped', reason, durationMs: 0, printed: '' };
}
