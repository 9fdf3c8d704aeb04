/**
 * The kind `code`: Python or JavaScript that came over the API or in the configuration. It is nobody's whom the operator
 * trusts: it runs in a guest without any way out (`sandbox/`), and that in a child process with an empty environment and
 * Node's permission model, which is killed at a deadline. Two evaluators, or two projects, are never in one guest.
 */
import { extname, join } from 'node:path';
import { codeSettingsSchema, type DefinitionOf, describeVersion, type Versioned } from '../../model/definition.ts';
import { DEFAULT_MEMORY_MB } from '../../sandbox/guest.ts';
import { guestFiles } from '../../sandbox/guest-files.ts';
import { SandboxPool } from '../../sandbox/pool.ts';
import { Sandbox, SANDBOX_DEFAULTS } from '../../sandbox/sandbox.ts';
import type { DefinedKind, Evaluated, EvaluationRequest, OnAnswer, Prepared } from '../kind.ts';
import { callFor } from './code/call.ts';
import { runCalls } from './code/calls.ts';
import { type CallsFrame, FRAME_BYTES } from './code/protocol.ts';

const PROGRAM = join(import.meta.dirname, 'code', `program${extname(import.meta.filename)}`);
/** Children at most. With two, an evaluator that hangs in one leaves the other to the rest. */
const PROCESSES = 2;
/** Calls go in frames of this size at most, so that little is held and little is run again. */
const CHUNK_CHARACTERS = 4 * 1024 * 1024;
const CHUNK_CALLS = 64;
/** A character takes up to three bytes, and is escaped once more on its way. */
const MOST_CHARACTERS = FRAME_BYTES / 8;

export const codeKind: DefinedKind<'code'> = {
  kind: 'code',
  settings: codeSettingsSchema,
  trusted: false,
  executes: 'process',
  // oxlint-disable-next-line typescript/require-await -- there is nothing to wait for: whether it loads is seen when it runs.
  prepare: async (definitions) => prepare(definitions),
};

type Version = Versioned<'code'>;
interface Call {
  index: number;
  version: Version;
  call: string;
}

function prepare(definitions: Version[]): Prepared {
  const newest = new Map<string, Version>();
  const versions = new Map<string, Version>();
  for (const one of definitions) {
    newest.set(keyOf(one.projectId, one.definition.name), one);
    versions.set(keyOf(one.projectId, one.definition.name, one.version), one);
  }
  const rssMb = SANDBOX_DEFAULTS.rssMb + Math.max(0, ...definitions.map((one) => memoryOf(one.definition)));
  const start = (): Sandbox =>
    new Sandbox({ program: PROGRAM, permission: { read: guestFiles() }, rssMb, frameBytes: FRAME_BYTES });
  // oxlint-disable-next-line typescript/require-await -- the pool lets a start take time, and this one takes none.
  const pool = new SandboxPool({ size: PROCESSES, start: async () => start() });
  if (definitions.length > 0) {
    const warm = start();
    warm.send({ warm: [...new Set(definitions.map(({ definition }) => definition.settings.language))] });
    pool.add(warm);
  }

  const evaluate = async (requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]> => {
    const answers: Evaluated[] = [];
    const calls: Call[] = [];
    for (const { id, subject, datapoint, projectId, evaluators, versions: asked } of requests)
      for (const evaluator of evaluators) {
        const project = projectId ?? subject.projectId;
        const which = asked?.[evaluator];
        const version =
          which === undefined ? newest.get(keyOf(project, evaluator)) : versions.get(keyOf(project, evaluator, which));
        const index = answers.length;
        answers.push({ id, evaluator, version: version?.version ?? '', outcome: notKnown(evaluator) });
        if (!version) continue;
        const call = callFor(version.definition.settings.language, subject, datapoint);
        if (call.length <= MOST_CHARACTERS) calls.push({ index, version, call });
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
    list: [...newest.values()].map((one) => describeVersion(one as Versioned)),
    problems: [],
    evaluate,
    changed: () => Promise.resolve(false),
    close: () => pool.close(),
  };
}

/** Frames hold calls of one version of one evaluator of one project. */
function framesOf(calls: Call[]): CallsFrame[] {
  const frames: CallsFrame[] = [];
  for (const [{ definition }, own] of Map.groupBy(calls, ({ version }) => version)) {
    let chunk: CallsFrame['calls'] = [];
    let characters = 0;
    for (const { index, call } of own) {
      if (chunk.length === CHUNK_CALLS || (chunk.length > 0 && characters + call.length > CHUNK_CHARACTERS)) {
        frames.push(frameOf(definition, chunk));
        chunk = [];
        characters = 0;
      }
      chunk.push({ id: index, call });
      characters += call.length;
    }
    frames.push(frameOf(definition, chunk));
  }
  return frames;
}

function frameOf(definition: DefinitionOf<'code'>, calls: CallsFrame['calls']): CallsFrame {
  const { settings, name, returns, range, options, deadlineMs } = definition;
  return { ...settings, name, returns, bounds: { range, options }, deadlineMs, memoryMb: memoryOf(definition), calls };
}

function memoryOf({ memoryMb }: DefinitionOf<'code'>): number {
  return memoryMb ?? DEFAULT_MEMORY_MB;
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
