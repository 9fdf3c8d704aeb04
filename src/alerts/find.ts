/** What an alert's check finds: an estimate from the scores of a window, or a fact of the moment. What follows from it: transition.ts. */
import type { Alert, AlertSpec, AlertWatch, Finding, Found } from '../model/alert.ts';
import type { Store } from '../store/store.ts';
import { judge, judgeFact } from './judge.ts';
import { questionOf, samplesOf, windowsOf } from './question.ts';
import { sentenceOf } from './sentence.ts';

export type WatchedStore = Pick<Store, 'budgets' | 'jobs' | 'pauses' | 'questions'>;

/** How an alert may ask the store. */
export interface Asking {
  nowMs: number;
  timeLimitMs: number;
}

/** Rejects as the store does. */
export async function find(
  alert: Pick<Alert, 'projectId' | 'spec'>,
  store: WatchedStore,
  asking: Asking,
): Promise<Finding> {
  const { projectId, spec } = alert;
  const { watch, when } = spec;
  if (watch.kind === 'paused') {
    const all = await store.pauses.list(projectId);
    const pauses = all.filter(({ evaluator }) => watch.evaluator === null || evaluator === watch.evaluator);
    const found = judgeFact({ value: pauses.length, count: pauses.length }, when, asking.nowMs);
    return { ...found, sentence: sentenceOf(spec, found, pauses) };
  }
  const found = await numbersOf(projectId, { ...spec, watch }, store, asking);
  return { ...found, sentence: sentenceOf(spec, found) };
}

async function numbersOf(
  projectId: string,
  spec: AlertSpec & { watch: Exclude<AlertWatch, { kind: 'paused' }> },
  store: WatchedStore,
  { nowMs, timeLimitMs }: Asking,
): Promise<Found> {
  const { watch, when } = spec;
  if (watch.kind === 'queue_age') {
    const { waiting, next } = await store.jobs.queue(projectId, watch.evaluator, nowMs, 1);
    const value = next[0] === undefined ? 0 : Math.max(0, nowMs - next[0].dueAtMs) / 1000;
    return judgeFact({ value, count: waiting }, when, nowMs);
  }
  if (watch.kind === 'budget') {
    const { dayUsd, monthUsd, deferred } = await store.budgets.spending(projectId, watch.rule, nowMs);
    return judgeFact({ value: watch.of === 'day' ? dayUsd : monthUsd, count: deferred }, when, nowMs);
  }
  const windows = windowsOf(spec, nowMs);
  const { rows } = await store.questions.aggregate(questionOf(projectId, { ...spec, watch }, windows, timeLimitMs));
  return judge(samplesOf(watch, rows, windows), spec, windows);
}
