/**
 * The child process of the kind `code`: holds guests, one at a time, each of one evaluator. It reads what they return, so
 * that only checked scores leave the process, and says in the progress file which call has the thread.
 */
import { connectParent } from '../../../sandbox/child.ts';
import { DEFAULT_MEMORY_MB, type GuestAnswer } from '../../../sandbox/guest.ts';
import { JavascriptGuest } from '../../../sandbox/javascript-guest.ts';
import { monotonicMs } from '../../../sandbox/progress.ts';
import { runPython } from '../../../sandbox/python-guest.ts';
import { readResult } from '../../result.ts';
import {
  type CallsFrame,
  CHECK_DEADLINE_MS,
  type CodeResult,
  FRAME_BYTES,
  type FromChild,
  GRACE_MS,
  SLICE_MS,
  type ToChild,
  WARM_DEADLINE_MS,
} from './protocol.ts';

/** Guests that do nothing, to have everything compiled. */
const NOTHING = {
  javascript: 'export default () => null',
  python: { source: 'def evaluate(log): return None', calls: ['{}'], memoryMb: DEFAULT_MEMORY_MB },
};

let before: Promise<void> = Promise.resolve();
const parent = connectParent(FRAME_BYTES, (frame) => {
  before = before.then(() => take(frame as ToChild));
});

async function take(frame: ToChild): Promise<void> {
  if ('warm' in frame) {
    parent.progress.open(0, 0, monotonicMs() + WARM_DEADLINE_MS);
    await warm(frame.warm);
    parent.progress.clear(0);
    return parent.send({ ready: true } satisfies FromChild);
  }
  if ('check' in frame) await check(frame.language, frame.check);
  else if (frame.language === 'javascript') await javascript(frame);
  else python(frame);
  parent.send({ done: true } satisfies FromChild);
}

async function warm(languages: CallsFrame['language'][]): Promise<void> {
  if (languages.includes('javascript'))
    (await JavascriptGuest.start(NOTHING.javascript, DEFAULT_MEMORY_MB)).run('{}', 1000);
  // V8 compiles a function when it is first called, which makes the first interpreter several times as slow.
  if (languages.includes('python')) runPython({ ...NOTHING.python, onBegin: () => {}, onAnswer: () => {} });
}

async function check(language: CallsFrame['language'], sources: string[]): Promise<void> {
  const begin = (index: number): void => parent.progress.open(0, index, monotonicMs() + CHECK_DEADLINE_MS);
  const end = ({ result }: Pick<GuestAnswer, 'result'>): void => {
    parent.progress.clear(0);
    parent.send({ fault: result.end === 'failed' ? result.message : null } satisfies FromChild);
  };
  if (language === 'python') {
    const batch = { source: '', calls: sources, memoryMb: DEFAULT_MEMORY_MB, checks: true };
    return runPython({ ...batch, onBegin: begin, onAnswer: (_, answer) => end(answer) });
  }
  for (const [index, source] of sources.entries()) {
    const guest = await JavascriptGuest.start(source, DEFAULT_MEMORY_MB);
    begin(index);
    end({ result: guest.check(CHECK_DEADLINE_MS - GRACE_MS) });
  }
}

async function javascript({ source, memoryMb, deadlineMs, calls, ...evaluator }: CallsFrame): Promise<void> {
  let guest: JavascriptGuest | undefined;
  const untilMs = performance.now() + SLICE_MS;
  for (const { id, call } of calls) {
    if (guest && performance.now() > untilMs) return;
    if (!guest?.intact) guest = await JavascriptGuest.start(source, memoryMb);
    parent.progress.open(0, id, monotonicMs() + deadlineMs + GRACE_MS);
    const answer = guest.run(call, deadlineMs);
    parent.progress.clear(0);
    tell(id, answer, evaluator);
  }
}

function python({ source, memoryMb, deadlineMs, calls, ...evaluator }: CallsFrame): void {
  runPython({
    source,
    memoryMb,
    untilMs: performance.now() + SLICE_MS,
    calls: calls.map(({ call }) => call),
    onBegin: (index) => parent.progress.open(0, calls[index]!.id, monotonicMs() + deadlineMs),
    onAnswer: (index, answer) => {
      parent.progress.clear(0);
      tell(calls[index]!.id, answer, evaluator);
    },
  });
}

type Evaluator = Pick<CallsFrame, 'name' | 'returns' | 'bounds'>;

function tell(id: number, { result, printed, durationMs }: GuestAnswer, evaluator: Evaluator): void {
  const rounded = Math.round(durationMs * 1000) / 1000;
  parent.send({ id, durationMs: rounded, printed, result: read(result, evaluator) } satisfies FromChild);
}

function read(result: GuestAnswer['result'], { name, returns, bounds }: Evaluator): CodeResult {
  if (result.end === 'failed') return { outcome: 'failed', why: result.why, message: result.message };
  let returned: unknown;
  try {
    returned = result.json === undefined ? undefined : JSON.parse(result.json);
  } catch (error) {
    return { outcome: 'failed', why: 'invalid', message: `The result is no JSON: ${String(error)}` };
  }
  const reading = readResult(returned, returns, name, bounds);
  return reading.outcome === 'invalid' ? { outcome: 'failed', why: 'invalid', message: reading.message } : reading;
}
