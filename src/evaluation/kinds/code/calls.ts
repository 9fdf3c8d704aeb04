/**
 * Runs calls of one evaluator in children until each has an outcome. When a child hangs or dies, the call that had the
 * thread fails, and those that were not answered run again in a fresh one.
 */
import { GatewayError } from '../../../errors.ts';
import type { FailureCode, Outcome } from '../../../model/outcome.ts';
import { NOT_STORED } from '../../../sandbox/guest.ts';
import type { SandboxPool } from '../../../sandbox/pool.ts';
import { type Death, type Sandbox, SANDBOX_DEFAULTS } from '../../../sandbox/sandbox.ts';
import { cutBytes, PRINTED_BYTES } from '../module/printed.ts';
import type { CallsFrame, CodeResult, FromChild } from './protocol.ts';
import { NotStarted } from './start.ts';

const CODES: Record<Extract<CodeResult, { outcome: 'failed' }>['why'], FailureCode> = {
  threw: 'threw',
  timeout: 'timeout',
  memory: 'crashed',
  ended: 'crashed',
  invalid: 'invalid_result',
  not_loaded: 'not_loaded',
};

/** `retryAtMs`: it was not run, and may be then. */
export type Settle = (id: number, outcome: Outcome, retryAtMs?: number) => void;

/** Rejects with `draining` when the pool is closed meanwhile. */
export async function runCalls(pool: SandboxPool, frame: CallsFrame, settle: Settle): Promise<void> {
  const pending = new Map(frame.calls.map((one) => [one.id, one]));
  try {
    await runPending(pool, frame, pending, settle);
  } catch (error) {
    if (!(error instanceof NotStarted)) throw error;
    for (const id of pending.keys())
      settle(id, { outcome: 'skipped', reason: error.message, durationMs: 0, printed: '' }, error.untilMs);
  }
}

async function runPending(
  pool: SandboxPool,
  frame: CallsFrame,
  pending: Map<number, CallsFrame['calls'][number]>,
  settle: Settle,
): Promise<void> {
  const settled = (id: number, outcome: Outcome): void => {
    if (pending.delete(id)) settle(id, outcome);
  };
  for (let unexplained = 0; pending.size > 0;) {
    let death: Death | undefined;
    await pool.use(async (sandbox) => {
      death = await attempt(sandbox, { ...frame, calls: [...pending.values()] }, settled);
      return { reusable: death === undefined };
    });
    if (death?.why === 'closed') throw new GatewayError('draining');
    if (!death) continue;
    const open = death.open.find(({ id }) => pending.has(id));
    if (!open && (unexplained += 1) < 2) continue;
    const [first] = pending.keys();
    settled(open?.id ?? first!, ended(death, open?.killAtMs, frame.deadlineMs));
  }
}

/** How the child died, where it did. */
async function attempt(
  sandbox: Sandbox,
  frame: CallsFrame,
  settled: (id: number, outcome: Outcome) => void,
): Promise<Death | undefined> {
  const done = Promise.withResolvers<undefined>();
  sandbox.onFrame = (said) => {
    const from = said as FromChild;
    if ('done' in from) done.resolve(undefined);
    else if ('id' in from) settled(from.id, outcomeOf(from));
  };
  sandbox.busy(true, SANDBOX_DEFAULTS.rssMb + frame.memoryMb);
  sandbox.send(frame);
  const death = await Promise.race([done.promise, sandbox.died]);
  sandbox.busy(false);
  return death;
}

function outcomeOf({ result, durationMs, printed: whole }: Extract<FromChild, { id: number }>): Outcome {
  const printed = cutBytes(whole, PRINTED_BYTES);
  if (result.outcome !== 'failed') return { ...result, durationMs, printed };
  const { why, message } = result;
  if (why === 'threw' && message.includes(NOT_STORED))
    return { outcome: 'skipped', reason: message, durationMs, printed };
  return { outcome: 'failed', code: CODES[why], message, retryable: false, durationMs, printed };
}

function ended(death: Death, killAtMs: number | undefined, deadlineMs: number): Outcome {
  const late = death.why === 'deadline';
  const durationMs = killAtMs === undefined ? 0 : Math.max(0, Math.round(death.atMs - killAtMs + deadlineMs));
  const message = late ? `It ran longer than ${deadlineMs} ms and was killed.` : death.message;
  return { outcome: 'failed', code: late ? 'timeout' : 'crashed', message, retryable: false, durationMs, printed: '' };
}
