/** A database with everything that writes to it on one thread, and steps that a test puts in any order. */
import * as fc from 'fast-check';
import { newId } from '../../../src/model/id.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import type { ScoreValue } from '../../../src/model/score.ts';
import type { Connection } from '../../../src/store/sqlite/connection.ts';
import { DamagedRollup } from '../../../src/store/rollups/row-blob.ts';
import { FoldBatch } from '../../../src/store/sqlite/fold-batch.ts';
import { FoldDays } from '../../../src/store/sqlite/fold-days.ts';
import { openMigrated } from '../../../src/store/sqlite/migrate.ts';
import { writeOperations } from '../../../src/store/sqlite/write-operations.ts';
import { DEFAULT_PROJECT } from '../../../src/store/store.ts';
import { newLog } from '../../fixtures/new-log.ts';
import { removalAct } from '../../fixtures/removal-act.ts';

export const HOUR_MS = 3_600_000;
/** The beginning of a day. */
export const START_MS = 16_667 * 24 * HOUR_MS;

/** A database with everything that writes to it, on one thread. */
export class Stored {
  readonly connection: Connection;
  readonly ids: string[] = [];
  readonly #operations: ReturnType<typeof writeOperations>;
  #fold: FoldBatch;
  #nowMs = 1;

  constructor(path: string) {
    this.connection = openMigrated(path);
    this.#operations = writeOperations(this.connection);
    this.#fold = new FoldBatch(this.connection);
  }

  add(changes: Parameters<typeof newLog>[0]): void {
    const log = newLog({ ...changes, id: newId(), evaluators: ['judge'] });
    this.ids.push(log.id);
    this.#commit(() => this.#operations.ingest([log], [], this.#nowMs, false));
  }

  score(id: string, name: string, value: ScoreValue, source: 'api' | 'human'): void {
    const score = { name, value, source, reason: null, evaluator: null, evaluatorVersion: null, durationMs: null };
    this.#commit(() =>
      this.#operations.putScores(DEFAULT_PROJECT.id, id, [{ ...score, atMs: this.#nowMs }], this.#nowMs + 1),
    );
  }

  /** Evaluates the oldest job, and leaves it for another look. */
  evaluate(evaluatorVersion: string, outcome: Outcome): void {
    const [nowMs, leaseUntilMs] = [this.#nowMs, this.#nowMs + 1000];
    this.#commit(() => {
      const [job] = this.#operations.claimJobs({ evaluators: ['judge'], limit: 1, nowMs, leaseUntilMs }).jobs;
      if (job)
        this.#operations.completeJobs([{ job, evaluatorVersion, outcome, atMs: nowMs, retryAtMs: nowMs, dead: false }]);
    });
  }

  setProperty(id: string, name: string, value: string): void {
    this.#commit(() => this.#operations.setProperty(DEFAULT_PROJECT.id, id, name, value, this.#nowMs));
  }

  removeScores(id: string, name: string): void {
    this.#commit(() => this.#operations.removeScores(DEFAULT_PROJECT.id, id, name, null, this.#nowMs));
  }

  removeLog(id: string): void {
    if (id !== '') this.#commit(() => this.#operations.removeLogs(DEFAULT_PROJECT.id, [id], removalAct()));
  }

  sweepScoreNames(): void {
    this.#commit(() => this.#operations.sweepScoreNames(DEFAULT_PROJECT.id, 0));
  }

  fold(): boolean {
    const step = this.#repairing(() => this.#fold.next());
    if (!step) return false;
    return step === 'damaged' || this.#commit(() => this.#operations.applyRollups(step));
  }

  /** A step that was made ready before something else is written. */
  foldAround(write: () => void): void {
    const step = this.#repairing(() => this.#fold.next());
    write();
    if (step && step !== 'damaged') this.#commit(() => this.#operations.applyRollups(step));
  }

  /** Folds, and puts the hours of past days together, however few they are. */
  foldDays(): void {
    while (this.fold());
    const days = new FoldDays(this.connection, { leastRows: 1, everyMs: 0 });
    for (let nowMs = 1; ; nowMs = 0) {
      const day = this.#repairing(() => days.next(nowMs));
      if (day === undefined) break;
      if (day !== 'damaged') this.#commit(() => this.#operations.applyDay(day));
    }
  }

  /** Makes the hours of damaged rows anew. */
  rebuild(rows: { measure: number; hour: number }[]): void {
    for (const { measure, hour } of rows) this.#commit(() => this.#operations.rebuildRollups(measure, hour));
  }

  restart(): void {
    this.#fold = new FoldBatch(this.connection);
  }

  /** Does as the thread of rollups does where rows are damaged. */
  #repairing<Result>(read: () => Result): Result | 'damaged' {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof DamagedRollup)) throw error;
      this.rebuild([error]);
      return 'damaged';
    }
  }

  #commit<Result>(run: () => Result): Result {
    this.#nowMs += 1;
    return this.connection.transaction(run)();
  }
}

export type Step = (stored: Stored) => void;
const at = (stored: Stored, index: number): string => stored.ids[index % Math.max(1, stored.ids.length)] ?? '';
const value: fc.Arbitrary<ScoreValue> = fc.oneof(
  fc.boolean(),
  fc.constantFrom(0, -1, 0.5, 85, 1e-7),
  fc.constantFrom('good', 'bad', '', 'ünï'),
);
const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc
    .record({ value, name: fc.constantFrom('quality', 'tone') })
    .map((score): Outcome => ({ outcome: 'scored', scores: [{ ...score, reason: null }], durationMs: 1, printed: '' })),
  fc.constant<Outcome>({ outcome: 'abstained', reason: null, durationMs: 1, printed: '' }),
  fc.constant<Outcome>({ outcome: 'failed', code: 'threw', message: '', retryable: true, durationMs: 1, printed: '' }),
);
const name = fc.constantFrom('tier', 'region');
const write: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({
        startedAtMs: fc
          .tuple(fc.integer({ min: 0, max: 3 * HOUR_MS }), fc.constantFrom(0, 0, 1, 2))
          .map(([ms, day]) => START_MS + ms + day * 24 * HOUR_MS),
        status: fc.constantFrom(null, 200, 399, 400, 503),
        durationMs: fc.constantFrom(0, 1.5, 20_000),
        costUsd: fc.constantFrom(null, 0, 1.25e-6),
        model: fc.constantFrom(null, 'a', 'b'),
        properties: fc.dictionary(name, fc.constantFrom('1', '2', '')).map((pairs) => new Map(Object.entries(pairs))),
      })
      .map(
        (log): Step =>
          (stored) =>
            stored.add(log),
      ),
  },
  {
    weight: 4,
    arbitrary: fc.tuple(fc.nat(6), fc.constantFrom('quality', 'accuracy'), value, fc.constantFrom('api', 'human')).map(
      ([log, score, given, source]): Step =>
        (stored) =>
          stored.score(at(stored, log), score, given, source),
    ),
  },
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom('v1', 'v2'), outcome).map(
      ([version, ended]): Step =>
        (stored) =>
          stored.evaluate(version, ended),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(6), name, fc.constantFrom('1', '2', '3')).map(
      ([log, property, to]): Step =>
        (stored) =>
          stored.setProperty(at(stored, log), property, to),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(fc.nat(6), fc.constantFrom('quality', 'accuracy')).map(
      ([log, score]): Step =>
        (stored) =>
          stored.removeScores(at(stored, log), score),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.nat(6).map(
      (log): Step =>
        (stored) =>
          stored.removeLog(at(stored, log)),
    ),
  },
);
/** The hardest: a log that is folded, whose score is overwritten several times before it is moved or removed. */
const overwritten: fc.Arbitrary<Step> = fc
  .tuple(fc.nat(6), fc.array(value, { minLength: 2, maxLength: 3 }), fc.boolean())
  .map(([log, values, removed]): Step => (stored) => {
    stored.score(at(stored, log), 'quality', values[0]!, 'api');
    while (stored.fold());
    for (const one of values) stored.score(at(stored, log), 'quality', one, 'api');
    if (removed) stored.removeLog(at(stored, log));
    else stored.setProperty(at(stored, log), 'tier', '4');
  });
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: overwritten },
  { weight: 6, arbitrary: write },
  { weight: 2, arbitrary: fc.constant<Step>((stored) => stored.fold()) },
  { weight: 2, arbitrary: fc.constant<Step>((stored) => stored.foldDays()) },
  {
    weight: 1,
    arbitrary: write.map(
      (one): Step =>
        (stored) =>
          stored.foldAround(() => one(stored)),
    ),
  },
  { weight: 1, arbitrary: fc.constant<Step>((stored) => stored.restart()) },
);
