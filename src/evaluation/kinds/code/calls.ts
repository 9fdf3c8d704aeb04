/**
 * Runs calls of one evaluator in children until each has an outcome. When a child hangs or dies, the call that had the
 * thread fails, and those that were not answered run again in a fresh one.
 */
import { GatewayError } from '../../../errors.ts';
import type { FailureCode, Outcome } from '../../../model/outcome.ts';
import { NOT_STORED } from '../../../sandbox/guest.ts';
import type { SandboxPool } from '../../../sandbox/pool.ts';
import { type Death, type Sandbox, SANDBOX_DEFAULTS } from '../../../sandbox/sandbox.ts';
import type { Breaker } from '../../breaker.ts';
import { cutBytes, PRINTED_BYTES } from '../module/printed.ts';
import type { CallsFrame, CodeResult, FromChild } from './protocol.ts';
import { NotStarted } from './start.ts';
import type { Holder, Turns } from './turns.ts';

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

export interface CallsOptions {
  pool: SandboxPool;
  turns: Turns;
  /** Whose code it is. */
  holder: Holder;
  /** Keeps those that always hang or crash from running; absent where somebody waits for this very answer. */
  breaker?: Breaker | undefined;
  now?: () => number;
}

/** Rejects with `draining` when the pool is closed meanwhile. */
export async function runCalls(frame: CallsFrame, settle: Settle, options: CallsOptions): Promise<void> {
  const { pool, turns, holder, breaker, now = () => Date.now() } = options;
  const pending = new Map(frame.calls.map((one) => [one.id, one]));
  const key = `${holder.projectId ?? ''}\0${holder.name}\0${frame.source}`;
  const notRun = (reason: string, untilMs: number): void => {
    for (const id of pending.keys()) settle(id, { outcome: 'skipped', reason, durationMs: 0, printed: '' }, untilMs);
    pending.clear();
  };
  for (let unexplained = 0; pending.size > 0;) {
    const admitted = breaker?.admit(key, now()) ?? 'run';
    if (typeof admitted === 'object') return notRun(admitted.reason, admitted.untilMs);
    const isTrial = admitted === 'trial';
    const settled = (id: number, outcome: Outcome): void => {
      if (!pending.delete(id)) return;
      breaker?.count(key, outcome.outcome === 'failed' ? outcome.code : undefined, isTrial, now());
      settle(id, outcome);
    };
    const calls = [...pending.values()].slice(0, isTrial ? 1 : undefined);
    let death: Death | undefined;
    try {
      const work = (): Promise<void> =>
        pool.use(async (sandbox) => {
          death = await attempt(sandbox, { ...frame, calls }, settled);
          return { reusable: death === undefined };
        });
      await turns.take(holder, work, breaker?.failuresOf(key) ? 1 : undefined);
    } catch (error) {
      if (isTrial) breaker?.giveUpTrial(key);
      if (error instanceof NotStarted) return notRun(error.message, error.untilMs);
      throw error;
    }
    if (death?.why === 'closed') throw new GatewayError('draining');
    if (!death) continue;
    const open = death.open.find(({ id }) => pending.has(id));
    if (!open && (unexplained += 1) < 2) {
      if (isTrial) breaker?.giveUpTrial(key);
      continue;
    }
    settled(open?.id ?? calls.find(({ id }) => pending.has(id))!.id, ended(death, open?.killAtMs, frame.deadlineMs));
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
