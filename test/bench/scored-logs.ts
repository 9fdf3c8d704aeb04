/**
 * Seeded logs with five properties and six scores each, over thirty days: what questions are measured on. Common and rare
 * values of everything that a question may name. Rows only, without bodies; how an engine takes them in is left to others.
 */
import type { NewLog, NewScore } from '../../src/store/store.ts';
import { seededLog } from './logs.ts';
import { type Random, seeded } from './random.ts';

export const DAYS = 30;
/** A time in the past, so that the rows are the same whenever they are made. */
export const NEWEST_MS = Date.UTC(2026, 0, 1);
const MODELS = ['gpt-4o-mini-2024-07-18', 'gpt-4o-2024-08-06', 'claude-sonnet-4-5', 'gemini-2.5-flash'];
const ENVIRONMENTS = ['production', 'production', 'production', 'staging', 'test'];

/** Six evaluators, one score each: numbers of many values and of few, booleans, a category; good and bad, rarely awful. */
export const EVALUATORS = ['accuracy', 'helpfulness', 'latency', 'is-safe', 'finished', 'tone'] as const;
const TONES = ['friendly', 'neutral', 'neutral', 'formal', 'terse'];

export interface ScoredLog {
  log: NewLog;
  scores: NewScore[];
}

/** The log of this number out of so many; the higher the number the newer. */
export function scoredLog(index: number, count: number): ScoredLog {
  const random = seeded(index + 1);
  // The first numbers of neighbouring seeds are alike.
  for (let skipped = 0; skipped < 3; skipped += 1) random.below(2);
  const startedAtMs = NEWEST_MS - Math.floor(((count - index) / count) * DAYS * 86_400_000);
  const model = MODELS[random.below(MODELS.length)]!;
  const log = seededLog(random, startedAtMs, {
    model,
    modelAsked: model,
    modelAnswered: model,
    sessionId: random.below(4) === 0 ? `session-${random.below(Math.ceil(count / 20))}` : null,
    properties: new Map([
      ['environment', rarely(random, 10_000) ? 'canary' : ENVIRONMENTS[random.below(ENVIRONMENTS.length)]!],
      ['feature', `feature-${random.below(20)}`],
      ['customer', `customer-${random.below(10_000)}`],
      ['region', `region-${random.below(6)}`],
      ['release', `2025.12.${Math.floor((index / count) * 30) + 1}`],
    ]),
  });
  return { log, scores: scoresOf(random, log) };
}

function scoresOf(random: Random, { startedAtMs, durationMs }: NewLog): NewScore[] {
  const values: Record<(typeof EVALUATORS)[number], NewScore['value']> = {
    accuracy: random.below(101),
    helpfulness: rarely(random, 2000) ? 0 : 1 + random.below(5),
    latency: durationMs,
    'is-safe': !rarely(random, 5000),
    finished: random.below(20) > 0,
    tone: rarely(random, 20_000) ? 'rude' : TONES[random.below(TONES.length)]!,
  };
  return EVALUATORS.map((evaluator, index) => ({
    name: evaluator,
    value: values[evaluator],
    reason: null,
    source: 'evaluator',
    evaluator,
    evaluatorVersion: '5f2d8a6b3c91',
    durationMs: 1 + random.below(40),
    atMs: Math.round(startedAtMs + durationMs) + 20 + index,
  }));
}

function rarely(random: Random, times: number): boolean {
  return random.below(times) === 0;
}
