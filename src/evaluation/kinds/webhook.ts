/**
 * Evaluators that are somebody's server: the log is posted to its URL, signed, and the scores are in the answer, or posted later
 * with a token for this one log. Which addresses may be called is for whoever hands in `Receivers`.
 *
 *     waiting for a place --receiver asked to be left alone--> not run; again when it may be, and no try is lost
 *        |--> posted --2xx, answer now-----> read: scored, abstained, or failed with the reason
 *               |------2xx, answer later---> skipped, until the scores come (api/routes/v1/later-answers.ts)
 *               |------429, 503 that says when -> not run; again then, with all others of that receiver
 *               |------5xx, no answer------> failed, and tried again
 *               |------other, refused------> failed with what it says
 */
import { createHash } from 'node:crypto';
import { GatewayError } from '../../errors.ts';
import type { FailureCode, Outcome } from '../../model/outcome.ts';
import { FarEnd } from '../far-end.ts';
import type { DefinedKind, KindParts, Result, Runner, Work } from '../kind.ts';
import type { Receivers, ReceiverAnswer } from '../receivers.ts';
import { readResult } from '../result.ts';
import { writePayload } from './webhook/payload.ts';

export const webhookKind: DefinedKind<'webhook'> = {
  kind: 'webhook',
  trusted: false,
  executes: 'call',
  faultOf({ settings }, { receivers }) {
    if (settings.secret === undefined)
      return {
        member: 'settings.secret',
        message: 'it is needed: what is sent is signed with it. Make one of 32 random bytes.',
      };
    const problem = receivers?.problemOf(settings.url);
    return problem === undefined ? undefined : { member: 'settings.url', message: problem };
  },
  outlasts: ({ answer }) => (answer === 'later' ? 'its scores are posted later' : undefined),
  start,
};

/** Calls under way to one origin, for one project. */
const AT_ONCE = 16;
/** Wait after a 429 that names none. */
const BUSY_MS = 5000;
const LONGEST_BUSY_MS = 3_600_000;

function start({ receivers }: KindParts): Runner<'webhook'> {
  const known = new Map<string, FarEnd>();
  const closing = Promise.withResolvers<never>();
  closing.promise.catch(() => {});
  return {
    async run(work, onResult) {
      if (receivers === undefined) throw new GatewayError('draining');
      const all = work.map(async (one, index) => {
        const key = `${one.subject.projectId}\0${new URL(one.runnable.settings.url).origin}`;
        const farEnd = known.get(key) ?? new FarEnd(AT_ONCE);
        known.set(key, farEnd);
        const result = await ask(one, receivers, farEnd);
        // Origins come from definitions, of which there may be many in the course of time.
        if (farEnd.isIdle(Date.now())) known.delete(key);
        onResult(result, index);
      });
      await Promise.race([Promise.all(all), closing.promise]);
    },
    // oxlint-disable-next-line typescript/require-await -- other kinds have something to wait for.
    close: async () => closing.reject(new GatewayError('draining')),
  };
}

async function ask(work: Work<'webhook'>, receivers: Receivers, farEnd: FarEnd): Promise<Result> {
  const { evaluator, settings } = work.runnable;
  await farEnd.enter();
  const startedMs = performance.now();
  try {
    const pausedUntilMs = farEnd.pausedUntilMs(Date.now());
    if (pausedUntilMs !== undefined)
      return { outcome: skipped('The receiver asked to be left alone for a while.'), retryAtMs: pausedUntilMs };
    const { id: logId, projectId } = work.subject;
    const { name, version, deadlineMs } = evaluator;
    const isLater = settings.answer === 'later' && work.isTrial !== true;
    const later = isLater ? receivers.answerLater({ projectId, logId, evaluator: name, version }) : undefined;
    if (isLater && later === undefined)
      return { outcome: skipped('Scores that are posted later are of use to jobs alone, and this is none.') };
    const body = writePayload(work, later, Date.now());
    const answer = await receivers.call({
      url: settings.url,
      secret: settings.secret!,
      id: messageId(projectId, logId, name, version),
      body,
      timeoutMs: deadlineMs,
    });
    const result = resultOf(answer, work, farEnd, performance.now() - startedMs);
    return work.isTrial === true ? { ...result, outcome: { ...result.outcome, rendered: body } } : result;
  } finally {
    farEnd.leave();
  }
}

function resultOf(answer: ReceiverAnswer, work: Work<'webhook'>, farEnd: FarEnd, durationMs: number): Result {
  const { evaluator, settings } = work.runnable;
  const ran = { durationMs, printed: '' };
  const failed = (code: FailureCode, message: string, retryable: boolean): Outcome => ({
    outcome: 'failed',
    code,
    message,
    retryable,
    ...ran,
  });
  if (answer.ended === 'refused') return { outcome: failed('webhook_refused', answer.message, false) };
  if (answer.ended === 'failed')
    return { outcome: failed(answer.isTimeout ? 'timeout' : 'webhook_failed', answer.message, true) };
  const { status, retryAfterMs, body, cut } = answer;
  if (status < 200 || status >= 300) {
    const outcome = failed('webhook_failed', `The receiver answered ${status}: ${shown(body)}`, isPassing(status));
    if (status !== 429 && (status !== 503 || retryAfterMs === undefined)) return { outcome };
    const untilMs = Date.now() + Math.min(retryAfterMs ?? BUSY_MS, LONGEST_BUSY_MS);
    farEnd.pause(untilMs);
    return { outcome, retryAtMs: untilMs };
  }
  if (settings.answer === 'later')
    return { outcome: { outcome: 'skipped', reason: 'It was sent, and its scores are posted later.', ...ran } };
  if (cut === 'long') return { outcome: failed('invalid_result', 'The answer is longer than 64 kB.', false) };
  if (cut === 'broken') return { outcome: failed('webhook_failed', 'The answer broke off.', true) };
  let returned: unknown;
  try {
    returned = body.length === 0 ? null : JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    return { outcome: failed('invalid_result', `The answer is not JSON: ${shown(body)}`, false) };
  }
  const reading = readResult(returned, evaluator.returns, evaluator.name, evaluator);
  return {
    outcome: reading.outcome === 'invalid' ? failed('invalid_result', reading.message, false) : { ...reading, ...ran },
  };
}

/** Whether the same may come to something else a moment later. */
function isPassing(status: number): boolean {
  return status >= 500 || status === 408 || status === 425 || status === 429;
}

/** Whoever gets it twice can tell. */
function messageId(...of: string[]): string {
  return `eval_${createHash('sha256').update(JSON.stringify(of)).digest('base64url').slice(0, 32)}`;
}

function skipped(reason: string): Outcome {
  return { outcome: 'skipped', reason, durationMs: 0, printed: '' };
}

function shown(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, 600)).replaceAll('\0', '\uFFFD').trim();
  return text === '' ? '(nothing)' : text.slice(0, 300);
}
