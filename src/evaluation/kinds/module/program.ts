/** The child process of the `module` kind: loads the evaluator files it is sent, then runs the batches it is sent. */
import { connectParent, type Parent } from '../../../sandbox/child.ts';
import { SLOTS, monotonicMs } from '../../../sandbox/progress.ts';
import type { EvaluatorDefinition } from '../../define.ts';
import { describeError } from '../../result.ts';
import { loadModule } from './load.ts';
import { FRAME_BYTES, type LoadFrame, type ToChild } from './protocol.ts';
import { BatchRunner } from './run.ts';
import { capturePrints, runningNow } from './running.ts';

/** By name; a text says why a file did not load. */
const evaluators = new Map<string, EvaluatorDefinition | string>();
let before: Promise<void> = Promise.resolve();
let runner: BatchRunner | undefined;

const parent = connectParent(FRAME_BYTES, (frame) => {
  before = before.then(() => take(frame as ToChild));
});
const prints = capturePrints((id, text) => parent.send({ printed: id, text }));
// What a callback throws belongs to the evaluation that started it, if that still runs; otherwise to nobody.
process.on('uncaughtException', (error) => runningNow()?.fail(error));
process.on('unhandledRejection', (error) => runningNow()?.fail(error));

async function take(frame: ToChild): Promise<void> {
  if ('load' in frame) return load(parent, frame);
  runner ??= new BatchRunner(parent, evaluators, prints.flush, SLOTS);
  await runner.run(frame);
}

/** One after the other, so that a file that hangs or kills the process is the one in the slot. */
async function load({ progress, send }: Parent, frame: LoadFrame): Promise<void> {
  for (const [index, file] of frame.load.entries()) {
    send({ loading: index });
    progress.open(0, index, monotonicMs() + frame.deadlineMs);
    try {
      const { definition, described } = await loadModule(file.url, file.source);
      evaluators.set(file.name, definition);
      send({ loaded: index, described });
    } catch (error) {
      const message = error instanceof Error ? error.message : describeError(error);
      evaluators.set(file.name, message);
      send({ loaded: index, error: message });
    }
  }
  progress.clear(0);
  send({ ready: true });
}
