/** Logs whose numbers a test can count by itself: over five days in which Europe's clocks are put forward, with looks that ended in every way. */
import type { NamedScore, Outcome } from '../../../src/model/outcome.ts';
import type { ScoreValue } from '../../../src/model/score.ts';
import { seededRandom } from '../../../src/statistics/random.ts';
import type { NewLog, Store } from '../../../src/store/store.ts';
import { newLog } from '../../fixtures/new-log.ts';

/** In Berlin the day of the 29th has 23 hours. */
export const START_MS = Date.UTC(2026, 2, 27);
export const STEP_MS = 31 * 60_000;
export const COUNT = 240;
const EVALUATORS = ['accuracy', 'rubric', 'broken'];

export interface KnownLog {
  log: NewLog;
  version: string;
  tier: string | null;
  scores: Map<string, ScoreValue>;
  outcomes: Map<string, Outcome['outcome']>;
}

export async function addKnownLogs(store: Store): Promise<KnownLog[]> {
  const random = seededRandom(7);
  const known = Array.from({ length: COUNT }, (_, index): KnownLog => {
    const version = index % 2 === 0 ? 'v1' : 'v2';
    const tier = index % 5 === 0 ? null : `tier-${index % 7}`;
    const log = newLog({
      startedAtMs: START_MS + index * STEP_MS,
      model: index % 3 === 0 ? null : `model-${index % 3}`,
      userId: `user-${index % 4}`,
      status: index % 37 === 5 ? null : index % 10 === 0 ? 503 : 200,
      durationMs: 10 + Math.floor(random.uniform() * 4000) / 2,
      firstTokenMs: index % 4 === 0 ? 5 + random.below(100) : null,
      costUsd: index % 6 === 0 ? null : random.uniform() / 100,
      properties: new Map([['promptversion', version], ...(tier === null ? [] : [['tier', tier] as const])]),
      evaluators: EVALUATORS,
    });
    log.usage =
      index % 8 === 0 ? null : { ...log.usage!, inputTokens: random.below(500), outputTokens: random.below(90) };
    return { log, version, tier, scores: new Map(), outcomes: new Map([['broken', 'failed']]) };
  });
  await store.logs.add(
    known.map(({ log }) => log),
    START_MS,
  );
  const byId = new Map(known.map((one) => [one.log.id, one]));
  const nowMs = START_MS + 1000;
  const jobs = await store.jobs.claim({ evaluators: EVALUATORS, limit: 10_000, nowMs, leaseUntilMs: nowMs + 60_000 });
  const effects = jobs.map((job) => {
    const one = byId.get(job.logId)!;
    const outcome = outcomeOf(job.evaluator, one, random.below(10), random.uniform());
    one.outcomes.set(job.evaluator, outcome.outcome);
    for (const { name, value } of outcome.outcome === 'scored' ? outcome.scores : []) one.scores.set(name, value);
    const evaluatorVersion = one.log.startedAtMs < START_MS + 50 * STEP_MS ? '1' : '2';
    return { job, evaluatorVersion, outcome, atMs: nowMs, retryAtMs: undefined, dead: false };
  });
  await store.jobs.complete(effects);
  return known;
}

function outcomeOf(evaluator: string, { version }: KnownLog, die: number, value: number): Outcome {
  const ran = { durationMs: 1, printed: '' };
  if (evaluator === 'broken' || die === 0)
    return { outcome: 'failed', code: 'threw', message: 'no', retryable: false, ...ran };
  if (die === 1) return { outcome: 'abstained', reason: null, ...ran };
  if (die === 2) return { outcome: 'skipped', reason: 'no body', ...ran };
  const named = (name: string, given: ScoreValue): NamedScore => ({ name, value: given, reason: null });
  const scores =
    evaluator === 'accuracy'
      ? [named('accuracy', Math.round(value * 50) + (version === 'v2' ? 20 : 0))]
      : [
          named('rubric:safe', value < (version === 'v2' ? 0.95 : 0.8)),
          named('rubric:tone', ['calm', 'curt', 'warm'][die % 3]!),
        ];
  return { outcome: 'scored', scores, ...ran };
}
