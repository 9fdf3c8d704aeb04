/**
 * The kind `code`: Python or JavaScript that came as a file, over the API or in the configuration. It is treated as nobody's
 * whom the operator trusts: it runs in a guest without any way out (`sandbox/`), and that in a child process with an empty environment and
 * Node's permission model, which is killed at a deadline. Two evaluators, or two projects, are never in one guest.
 */
import { extname, join } from 'node:path';
import { z } from 'zod';
import { describeVersion, type Versioned } from '../../model/definition.ts';
import { DEFAULT_MEMORY_MB } from '../../sandbox/guest.ts';
import { guestFiles } from '../../sandbox/guest-files.ts';
import { SandboxPool } from '../../sandbox/pool.ts';
import { Sandbox, SANDBOX_DEFAULTS } from '../../sandbox/sandbox.ts';
import type { Evaluated, EvaluationRequest, Kind, OnAnswer, Prepared } from '../kind.ts';
import { callFor } from './code/call.ts';
import { runCalls } from './code/calls.ts';
import type { CodeEvaluator } from './code/definition.ts';
import { readCodeEvaluators, readCodeFolder } from './code/folder.ts';
import { type CallsFrame, FRAME_BYTES } from './code/protocol.ts';

const PROGRAM = join(import.meta.dirname, 'code', `program${extname(import.meta.filename)}`);
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
  const all: CodeEvaluator[] = [
    ...files.evaluators,
    ...definitions.map((one) => ({
      evaluator: describeVersion(one as Versioned),
      settings: one.definition.settings,
    })),
  ];
  const newest = new Map<string, CodeEvaluator>();
  const versions = new Map<string, CodeEvaluator>();
  for (const one of all) {
    const { projectId, name, version } = one.evaluator;
    newest.set(keyOf(projectId, name), one);
    versions.set(keyOf(projectId, name, version), one);
  }
  /** A project's own, or else one of all projects. */
  const find = (project: string, name: string, version: string | undefined): CodeEvaluator | undefined => {
    const of = version === undefined ? newest : versions;
    const rest = version === undefined ? [name] : [name, version];
    return of.get(keyOf(project, ...rest)) ?? of.get(keyOf(null, ...rest));
  };
  const rssMb = SANDBOX_DEFAULTS.rssMb + Math.max(0, ...all.map(memoryOf));
  const start = (): Sandbox =>
    new Sandbox({ program: PROGRAM, permission: { read: guestFiles() }, rssMb, frameBytes: FRAME_BYTES });
  // oxlint-disable-next-line typescript/require-await -- the pool lets a start take time, and this one takes none.
  const pool = new SandboxPool({ size: PROCESSES, start: async () => start() });
  if (all.length > 0) {
    const warm = start();
    warm.send({ warm: [...new Set(all.map((one) => one.settings.language))] });
    pool.add(warm);
  }

  const evaluate = async (requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]> => {
    const answers: Evaluated[] = [];
    const calls: Call[] = [];
    for (const { id, subject, datapoint, projectId, evaluators, versions: asked } of requests)
      for (const evaluator of evaluators) {
        const code = find(projectId ?? subject.projectId, evaluator, asked?.[evaluator]);
        const index = answers.length;
        answers.push({ id, evaluator, version: code?.evaluator.version ?? '', outcome: notKnown(evaluator) });
        if (!code) continue;
        const call = callFor(code.settings.language, subject, datapoint);
        if (call.length <= MOST_CHARACTERS) calls.push({ index, code, call });
        else answers[index]!.outcome = skipped(`The log is larger than ${MOST_CHARACTERS} characters.`);
      }
    await Promise.all(
      framesOf(calls).map((frame) =>
        runCalls(pool, frame, (index, outcome) => {
          answers[index]!.outcome = outcome;
          onAnswer?.(answers[index]!, index);
        }),
      ),
    );
    return answers;
  };

  return {
    list: [...newest.values()].map(({ evaluator }) => evaluator),
    problems: files.problems,
    evaluate,
    changed: async () => folder !== undefined && JSON.stringify(await readCodeFolder(folder)) !== JSON.stringify(found),
    close: () => pool.close(),
  };
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
