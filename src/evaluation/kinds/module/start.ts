/**
 * Starts a child of the `module` kind with its files loaded. A file that hangs or kills the child while it loads is
 * named and left out, and the others load in a fresh child.
 *
 *     survey   one child, all files --one takes longer than a second--> those not loaded yet side by side, a child each;
 *              then one child with all that loaded. So that several files that hang cost one deadline, not one each.
 */
import { extname, join } from 'node:path';
import { GatewayError } from '../../../errors.ts';
import { type Death, Sandbox, type SandboxOptions } from '../../../sandbox/sandbox.ts';
import type { EvaluatorFile } from './folder.ts';
import { FRAME_BYTES, type FromChild, type LoadFrame } from './protocol.ts';

export interface StartOptions {
  environment: Record<string, string>;
  loadDeadlineMs: number;
  heapMb: number;
  rssMb: number;
}

export interface Started {
  sandbox: Sandbox;
  /** What each file says about itself, or why it did not load. */
  files: Outcomes;
}

type Outcomes = Map<EvaluatorFile, { described: unknown } | { error: string }>;

const PROGRAM = join(import.meta.dirname, `program${extname(import.meta.filename)}`);
/** A file that takes longer than this makes the others go on without it. */
const SLOW_MS = 1000;
/** Children that load files side by side: a folder may have hundreds. */
const SIDE_BY_SIDE = 8;

/** Loads files of which nothing is known yet. */
export async function surveyFiles(files: EvaluatorFile[], options: StartOptions): Promise<Started> {
  const outcomes: Outcomes = new Map();
  const sandbox = await loadOrLeave(files, options, outcomes, SLOW_MS);
  if (sandbox) return { sandbox, files: outcomes };
  const left = files.filter((file) => !outcomes.has(file)).values();
  const loadOthers = async (): Promise<void> => {
    for (const file of left) await (await loadOrLeave([file], options, outcomes))?.close();
  };
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, loadOthers));
  const loaded = files.filter((file) => 'described' in outcomes.get(file)!);
  const together = await startChild(loaded, options);
  return { sandbox: together.sandbox, files: new Map([...outcomes, ...together.files]) };
}

/** Loads files that have loaded before. */
export async function startChild(files: EvaluatorFile[], options: StartOptions): Promise<Started> {
  const outcomes: Outcomes = new Map();
  const sandbox = await loadOrLeave(files, options, outcomes);
  return { sandbox: sandbox!, files: outcomes };
}

/** A child with all files that load; without one where a file took longer than `slowMs`. */
async function loadOrLeave(
  files: EvaluatorFile[],
  options: StartOptions,
  outcomes: Outcomes,
  slowMs?: number,
): Promise<Sandbox | undefined> {
  let toLoad = files;
  for (;;) {
    const sandbox = new Sandbox(sandboxOptions(options));
    const end = await load(sandbox, toLoad, options, outcomes, slowMs);
    if (end === 'ready') return sandbox;
    if (end === 'slow') {
      await sandbox.close();
      return undefined;
    }
    const open = end.open.find((slot) => slot.blocking);
    const culprit = open && toLoad[open.id];
    if (!culprit || end.why === 'closed')
      throw new GatewayError('invalid_evaluator', {
        message: `The process for evaluators could not be started. ${end.message} ${end.output.slice(0, 2000)}`,
      });
    outcomes.set(culprit, { error: explain(end, options) });
    toLoad = toLoad.filter((file) => file !== culprit);
  }
}

async function load(
  sandbox: Sandbox,
  files: EvaluatorFile[],
  { loadDeadlineMs }: StartOptions,
  outcomes: Outcomes,
  slowMs: number | undefined,
): Promise<Death | 'ready' | 'slow'> {
  const told = Promise.withResolvers<'ready' | 'slow'>();
  let timer: NodeJS.Timeout | undefined;
  sandbox.onFrame = (frame) => {
    const said = frame as FromChild;
    clearTimeout(timer);
    if ('loading' in said && slowMs !== undefined) timer = setTimeout(() => told.resolve('slow'), slowMs);
    if ('loaded' in said) {
      const file = files[said.loaded];
      if (file) outcomes.set(file, said.error === undefined ? { described: said.described } : { error: said.error });
    }
    if ('ready' in said) told.resolve('ready');
  };
  sandbox.busy(true);
  const frame: LoadFrame = {
    load: files.map(({ name, url, source }) => ({ name, url, source })),
    deadlineMs: loadDeadlineMs,
  };
  sandbox.send(frame);
  const end = await Promise.race([told.promise, sandbox.died]);
  clearTimeout(timer);
  sandbox.busy(false);
  return end;
}

function explain(death: Death, { loadDeadlineMs }: StartOptions): string {
  if (death.why === 'deadline')
    return `It did not finish loading within ${loadDeadlineMs} ms. Do such work in evaluate, or not at all.`;
  return `Loading it ended the process. ${death.message}`;
}

function sandboxOptions({ environment, heapMb, rssMb }: StartOptions): SandboxOptions {
  return { program: PROGRAM, environment, heapMb, rssMb, frameBytes: FRAME_BYTES };
}
