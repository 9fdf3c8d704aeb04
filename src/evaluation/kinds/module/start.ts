/**
 * Starts a child of the `module` kind with its files loaded. A file that hangs or kills the child while it loads is
 * named and left out, and the others load in a fresh child.
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
  files: Map<EvaluatorFile, { described: unknown } | { error: string }>;
}

const PROGRAM = join(import.meta.dirname, `program${extname(import.meta.filename)}`);

export async function startChild(files: EvaluatorFile[], options: StartOptions): Promise<Started> {
  const outcomes: Started['files'] = new Map();
  let toLoad = files;
  for (;;) {
    const sandbox = new Sandbox(sandboxOptions(options));
    const death = await load(sandbox, toLoad, options, outcomes);
    if (!death) return { sandbox, files: outcomes };
    const open = death.open.find((slot) => slot.blocking);
    const culprit = open && toLoad[open.id];
    if (!culprit || death.why === 'closed')
      throw new GatewayError('invalid_evaluator', {
        message: `The process for evaluators could not be started. ${death.message} ${death.output.slice(0, 2000)}`,
      });
    outcomes.set(culprit, { error: explain(death, options) });
    toLoad = toLoad.filter((file) => file !== culprit);
  }
}

async function load(
  sandbox: Sandbox,
  files: EvaluatorFile[],
  { loadDeadlineMs }: StartOptions,
  outcomes: Started['files'],
): Promise<Death | undefined> {
  const ready = Promise.withResolvers<void>();
  sandbox.onFrame = (frame) => {
    const said = frame as FromChild;
    if ('loaded' in said) {
      const file = files[said.loaded];
      if (file) outcomes.set(file, said.error === undefined ? { described: said.described } : { error: said.error });
    }
    if ('ready' in said) ready.resolve();
  };
  sandbox.busy(true);
  const frame: LoadFrame = {
    load: files.map(({ name, url, source }) => ({ name, url, source })),
    deadlineMs: loadDeadlineMs,
  };
  sandbox.send(frame);
  const death = await Promise.race([ready.promise.then(() => undefined), sandbox.died]);
  sandbox.busy(false);
  return death;
}

function explain(death: Death, { loadDeadlineMs }: StartOptions): string {
  if (death.why === 'deadline')
    return `It did not finish loading within ${loadDeadlineMs} ms. Do such work in evaluate, or not at all.`;
  return `Loading it ended the process. ${death.message}`;
}

function sandboxOptions({ environment, heapMb, rssMb }: StartOptions): SandboxOptions {
  return { program: PROGRAM, environment, heapMb, rssMb, frameBytes: FRAME_BYTES };
}
