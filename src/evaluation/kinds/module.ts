/**
 * The kind `module`: a file in the folder of evaluators is an evaluator. Its code is the operator's own and trusted not
 * to attack, but not to be correct: it runs in child processes that are killed at a deadline. What a trusted module
 * does on purpose (open files, call other services, signal other processes of the same user) is not prevented.
 */
import { z } from 'zod';
import type { Outcome } from '../../model/outcome.ts';
import { SANDBOX_DEFAULTS } from '../../sandbox/sandbox.ts';
import { SandboxPool } from '../../sandbox/pool.ts';
import type { Evaluated, EvaluationRequest, Kind, OnAnswer, Prepared } from '../kind.ts';
import { Batch, type Children, type Pending, type SubjectJson } from './module/batch.ts';
import { Breaker } from '../breaker.ts';
import { readDefinition } from './module/definition.ts';
import { type EvaluatorFile, type EvaluatorFolder, readEvaluatorFolder } from './module/folder.ts';
import { FRAME_BYTES } from './module/protocol.ts';
import { startChild, surveyFiles } from './module/start.ts';

const settings = z.strictObject({
  folder: z.string(),
  /** Names and values that the evaluators' process shall have; it gets no others. */
  environment: z.record(z.string(), z.string()).default({}),
  /** Child processes at most. With two, an evaluator that hangs in one leaves the other to the rest. */
  processes: z.number().int().positive().default(2),
  loadDeadlineMs: z.number().int().positive().default(5000),
  heapMb: z.number().int().positive().default(SANDBOX_DEFAULTS.heapMb),
  rssMb: z.number().int().positive().default(SANDBOX_DEFAULTS.rssMb),
  /** Evaluations after which a child is replaced, so that what modules leak does not add up. */
  recycleAfter: z.number().int().positive().default(100_000),
});
export type ModuleSettings = z.infer<typeof settings>;

/** Subjects are sent in frames of about this size at most, so that little is held and little is run again. */
const CHUNK_BYTES = 4 * 1024 * 1024;

export const moduleKind: Kind<ModuleSettings> = {
  kind: 'module',
  settings,
  trusted: true,
  executes: 'process',
  prepare,
};

async function prepare(options: ModuleSettings): Promise<Prepared> {
  const folder = await readEvaluatorFolder(options.folder);
  const problems = [...folder.problems];
  const { files } = folder;
  const usable = new Map<string, { file: EvaluatorFile; deadlineMs: number }>();
  const list: Prepared['list'] = [];
  const first = files.length > 0 ? await surveyFiles(files, options) : undefined;
  for (const [file, said] of first?.files ?? []) {
    const read = 'error' in said ? said : readDefinition(said.described, file);
    if ('error' in read) problems.push({ file: file.file, message: read.error });
    else {
      list.push(read);
      usable.set(file.name, { file, deadlineMs: read.deadlineMs });
    }
  }
  const pool = new SandboxPool({
    size: options.processes,
    start: async () =>
      (
        await startChild(
          [...usable.values()].map(({ file }) => file),
          options,
        )
      ).sandbox,
  });
  if (first) pool.add(first.sandbox);
  const breaker = new Breaker();
  let left = options.recycleAfter;

  const children: Children = {
    together: (work) =>
      pool.use(async (sandbox) => {
        const { reusable } = await work(sandbox);
        if (left > 0) return { reusable };
        left = options.recycleAfter;
        return { reusable: false };
      }),
    apart: async (name) => {
      const { file } = usable.get(name)!;
      const { sandbox, files: loaded } = await startChild([file], options);
      const said = loaded.get(file);
      if (said && !('error' in said)) return sandbox;
      await sandbox.close();
      return { error: said?.error ?? 'It was not loaded.' };
    },
    admit: (name) => breaker.admit(name, Date.now()),
    giveUpTrial: (name) => breaker.giveUpTrial(name),
  };

  const evaluate = async (requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]> => {
    const answers: Evaluated[] = [];
    let chunk: Pending[] = [];
    let chunkBytes = 0;
    const run = async (): Promise<void> => {
      const batch = new Batch(children, chunk, ({ id, evaluator }, { outcome, trial, retryAtMs }) => {
        if (retryAtMs === undefined) {
          left -= 1;
          breaker.count(evaluator, outcome.outcome === 'failed' ? outcome.code : undefined, trial, Date.now());
        }
        const answer = Object.assign(answers[id]!, { outcome, retryAtMs });
        onAnswer?.(answer, id);
      });
      chunk = [];
      chunkBytes = 0;
      await batch.run();
    };
    for (const request of requests) {
      const subject = subjectJson(request);
      for (const evaluator of request.evaluators) {
        const known = usable.get(evaluator);
        const id = answers.length;
        const outcome = known ? tooLarge(subject) : notLoaded(evaluator);
        answers.push({ id: request.id, evaluator, version: known?.file.version ?? '', outcome });
        if (known && typeof subject === 'object') chunk.push({ id, evaluator, deadlineMs: known.deadlineMs, subject });
      }
      chunkBytes += typeof subject === 'object' ? subject.log.length : 0;
      if (chunkBytes >= CHUNK_BYTES) await run();
    }
    if (chunk.length > 0) await run();
    return answers;
  };

  const madeFrom = fingerprint(folder);
  return {
    list: list.toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    problems,
    evaluate,
    changed: async () => fingerprint(await readEvaluatorFolder(options.folder)) !== madeFrom,
    close: () => pool.close(),
  };
}

function fingerprint({ files, problems }: EvaluatorFolder): string {
  return JSON.stringify([files.map(({ file, version }) => [file, version]), problems]);
}

/** The subject as JSON, or why there is none. */
function subjectJson({ subject, datapoint }: EvaluationRequest): SubjectJson | string {
  try {
    const json = { log: JSON.stringify(subject), datapoint: datapoint && JSON.stringify(datapoint) };
    // A character takes up to three bytes.
    const most = FRAME_BYTES / 4;
    return json.log.length + (json.datapoint?.length ?? 0) > most ? `It is larger than ${most} characters.` : json;
  } catch (error) {
    return `It cannot be written as JSON: ${(error as Error).message}.`;
  }
}

function tooLarge(subject: SubjectJson | string): Outcome {
  const reason = typeof subject === 'string' ? `The log cannot be handed to an evaluator. ${subject}` : 'Not run.';
  return { outcome: 'skipped', reason, durationMs: 0, printed: '' };
}

function notLoaded(evaluator: string): Outcome {
  const message = `There is no evaluator "${evaluator}", or its file does not load.`;
  return { outcome: 'failed', code: 'not_loaded', message, retryable: false, durationMs: 0, printed: '' };
}
