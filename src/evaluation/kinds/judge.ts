/**
 * Judges: evaluators whose verdict a model gives. Each judgment is one call, made by the gateway's own path and waited for
 * without a thread; how many are under way for one upstream is bounded.
 *
 *     waiting for a place --upstream asked to be left alone--> not run; again when it may be, and no try is lost
 *        |--> called --2xx----------------> read: scored, or failed with the reason
 *              |   ^---400, structured----- once more by the prompt alone, remembered for the model if that is taken
 *              |---429--------------------> not run; again after Retry-After, with all others of that upstream
 *              |---other, or no answer----> failed with what it says about the provider
 */
import { GatewayError } from '../../errors.ts';
import type { Log } from '../../model/log.ts';
import type { Outcome } from '../../model/outcome.ts';
import { readDefinitionFiles } from '../definition-files.ts';
import type { DefinedKind, FileEvaluators, KindParts, Result, Runner, Work } from '../kind.ts';
import type { ModelAccess, ModelAnswer } from '../model-call.ts';
import { judgmentAtMost } from './judge/cost.ts';
import { readJudge } from './judge/definition.ts';
import { datapointVariable, type Judge, judgeFault, judgeOf } from './judge/judge-of.ts';
import { type Prompt, showPrompt, writePrompt } from './judge/prompt.ts';
import { messageOf, readProviderFailure, retryAfterMs } from './judge/provider-failure.ts';
import { MissingVariable } from './judge/template.ts';
import { type Upstream, Upstreams } from './judge/upstreams.ts';
import { valuesOf } from './judge/variables.ts';
import { type Judgment, outcomeOf, readJudgment, type Verdict } from './judge/verdict.ts';
import { writeRequest } from './judge/wire.ts';

export const judgeKind: DefinedKind<'judge'> = {
  kind: 'judge',
  // It reaches the upstreams of the configuration and nothing else, whoever wrote it.
  trusted: false,
  executes: 'call',
  readFiles,
  faultOf: (definition, { models }) => judgeFault(definition, models?.upstreams.keys() ?? []),
  complete: (definition) =>
    datapointVariable(definition.settings) === undefined ? definition : { ...definition, needsTarget: true },
  start,
};

async function readFiles(folder: string, { models }: KindParts): Promise<FileEvaluators<'judge'>> {
  const found: FileEvaluators<'judge'> = { evaluators: [], problems: [] };
  if (models === undefined) return found;
  const { files, problems } = await readDefinitionFiles(folder, ['.judge.yaml', '.judge.yml']);
  found.problems.push(...problems);
  for (const { name, file, source } of files) {
    const judge = readJudge(name, source, models.upstreams.keys());
    if ('error' in judge) found.problems.push({ file, message: judge.error });
    else found.evaluators.push({ ...judge, file });
  }
  return found;
}

function start({ models }: KindParts): Runner<'judge'> {
  const upstreams = new Upstreams();
  const closing = Promise.withResolvers<never>();
  closing.promise.catch(() => {});
  return {
    async run(work, onResult) {
      if (models === undefined) throw new GatewayError('draining');
      const all = work.map(async (one, index) => onResult(await judgeOne(one, models, upstreams), index));
      await Promise.race([Promise.all(all), closing.promise]);
    },
    costAtMost({ runnable, subject, datapoint }) {
      const judge = judgeOf(runnable);
      const provider = models?.upstreams.get(judge.model.upstream);
      if (provider === undefined) return 0;
      const prompt = promptOf(judge, subject, datapoint);
      return 'outcome' in prompt ? 0 : judgmentAtMost(judge, provider, prompt);
    },
    // oxlint-disable-next-line typescript/require-await -- other kinds have something to wait for.
    close: async () => closing.reject(new GatewayError('draining')),
  };
}

/** Property of the log of a judge's call: the log that it is about. */
const JUDGED_LOG = 'judged-log';

/** A call that is under way, and of which a guardrail has the request judged, has no status yet. */
function hasFailed({ status, ending }: Log): boolean {
  return status === null ? ending !== 'ended' : status >= 400;
}

interface Asked {
  answer: ModelAnswer | undefined;
  /** Of an answer of status 2xx. */
  read: () => Judgment;
}

async function judgeOne(
  { runnable, subject, datapoint, isTrial }: Work<'judge'>,
  access: ModelAccess,
  upstreams: Upstreams,
): Promise<Result> {
  const judge = judgeOf(runnable);
  const provider = access.upstreams.get(judge.model.upstream);
  if (provider === undefined) return { outcome: notLoaded(`There is no upstream "${judge.model.upstream}" any more.`) };
  const prompt = promptOf(judge, subject, datapoint);
  if ('outcome' in prompt) return { outcome: prompt };
  const upstream = upstreams.of(subject.projectId, judge.model.upstream);
  await upstream.enter();
  const startedMs = performance.now();
  const leftMs = (): number => judge.evaluator.deadlineMs - (performance.now() - startedMs);
  try {
    const pausedUntilMs = upstream.pausedUntilMs(Date.now());
    if (pausedUntilMs !== undefined)
      return { outcome: skipped('The provider asked to be left alone for a while.'), retryAtMs: pausedUntilMs };
    const ask = async (structured: boolean): Promise<Asked> => {
      const request = writeRequest(provider, { settings: judge.model, prompt, scale: judge.scale, structured });
      const answer = await access.callModel({
        ...request,
        evaluator: judge.evaluator.name,
        properties: { [JUDGED_LOG]: subject.id },
        projectId: subject.projectId,
        upstream: judge.model.upstream,
        timeoutMs: Math.max(1, leftMs()),
      });
      const called = { ...request, upstream: judge.model.upstream };
      return { answer, read: () => readJudgment(provider, called, answer!, judge.scale) };
    };
    const structured = !upstream.plainModels.has(judge.model.model);
    let asked = await ask(structured);
    if (structured && asked.answer !== undefined && isBadRequest(asked.answer)) {
      asked = await ask(false);
      if (asked.answer !== undefined && asked.answer.status < 300) upstream.plainModels.add(judge.model.model);
    }
    const result = resultOf(judge, asked, upstream, performance.now() - startedMs);
    return isTrial === true ? { ...result, outcome: { ...result.outcome, rendered: showPrompt(prompt) } } : result;
  } finally {
    upstream.leave();
  }
}

/** What it is asked with, or why it is not asked. */
function promptOf(judge: Judge, subject: Log, datapoint: Work['datapoint']): Prompt | Outcome {
  if (hasFailed(subject) && !judge.seesFailures)
    return skipped('The call failed, and the prompt does not ask for log.status.');
  try {
    return writePrompt(judge.prompt, judge.scale, valuesOf(subject, datapoint));
  } catch (error) {
    if (error instanceof MissingVariable) return skipped(error.message);
    throw error;
  }
}

function resultOf(judge: Judge, { answer, read }: Asked, upstream: Upstream, durationMs: number): Result {
  const { name, deadlineMs } = judge.evaluator;
  const end = (verdict: Verdict): Outcome => outcomeOf(verdict, name, durationMs);
  if (answer === undefined)
    return {
      outcome: end({ code: 'timeout', message: `There was no whole answer within ${deadlineMs} ms.`, retryable: true }),
    };
  if (answer.status >= 200 && answer.status < 300) {
    const { verdict, costUsd } = read();
    return { outcome: { ...end(verdict), costUsd } };
  }
  // We stop: it was not the provider's answer, and costs no try.
  if (answer.headers['gateway-error'] === 'draining')
    return { outcome: skipped('Gradeway stops.'), retryAtMs: Date.now() };
  const failure = readProviderFailure(answer);
  if (failure?.code === 'provider_rate_limited') {
    const untilMs = Date.now() + retryAfterMs(answer.headers, Date.now());
    upstream.pause(untilMs);
    return { outcome: end(failure), retryAtMs: untilMs };
  }
  const message = `The provider answered ${answer.status}: ${messageOf(new TextDecoder().decode(answer.body))}`;
  return { outcome: end(failure ?? { code: 'provider_failed', message, retryable: false }) };
}

function isBadRequest(answer: ModelAnswer): boolean {
  return answer.status >= 400 && readProviderFailure(answer) === undefined;
}

function skipped(reason: string): Outcome {
  return { outcome: 'skipped', reason, durationMs: 0, printed: '' };
}

function notLoaded(message: string): Outcome {
  return { outcome: 'failed', code: 'not_loaded', message, retryable: false, durationMs: 0, printed: '' };
}
