/**
 * Jobs that somebody works on elsewhere, over HTTP: taken with their logs, held, given back, brought to an end. What may be said
 * of a log, and by whom, stands in the routes; waiting for jobs is long-claims.ts's, fencing the store's.
 */
import { GatewayError } from '../../errors.ts';
import { MOST_ATTEMPTS } from '../../evaluation/evaluate.ts';
import type { Versioned } from '../../model/definition.ts';
import type { ClaimedJob } from '../../model/job.ts';
import type { Principal } from '../../model/key.ts';
import { mayDo } from '../../model/key.ts';
import type { Outcome } from '../../model/outcome.ts';
import type { ScoreSource } from '../../model/score.ts';
import { LongClaims } from '../../queue/long-claims.ts';
import type { StoredLog } from '../../store/store.ts';
import { onceOver, openAnswers } from '../open-answers.ts';
import type { ApiContext, ApiParts } from '../route.ts';
import type { WholeLog } from '../../model/log-row.ts';
import { readWholeLog } from '../routes/v1/log-rows.ts';
import { type Lease, readLease, writeLease } from './lease-token.ts';

export interface Taking {
  evaluator: Versioned<'external'> | Versioned<'human'>;
  limit: number;
  leaseMs: number;
  waitMs: number;
  by: string | null;
}

export interface LeasedJob {
  lease: string;
  leaseUntilMs: number;
  attempt: number;
  evaluatorVersion: string;
  log: WholeLog;
}

/** What came of a job, as whoever had it says. */
export interface End {
  outcome: Outcome;
  source: ScoreSource;
  /** Who it was, where it is another than who took it. */
  by?: string | null | undefined;
  /** When it shall be tried again. */
  retryAtMs?: number | undefined;
}

/** What evaluators of the store are called together in counters: no label of a metric comes from a request. */
const DEFINED = '(defined)';
/** Of a project. Each holds a connection for up to half a minute. */
const MOST_OPEN = 200;
/** Bodies that one answer holds: jobs of further logs are given back. The first is always given. */
const MOST_BODY_BYTES = 16 << 20;

export class LeasedJobs {
  readonly #parts: ApiParts;
  readonly #claims: LongClaims;
  readonly #enter = openAnswers(MOST_OPEN, 'requests for jobs');

  constructor(parts: ApiParts) {
    this.#parts = parts;
    this.#claims = new LongClaims({ jobs: parts.store.jobs });
    parts.onJobs(() => this.#claims.wake());
  }

  /** Jobs with their logs; they are given back where the answer does not get through. Throws `forbidden`, `too_many_open`. */
  async take(context: ApiContext, taking: Taking): Promise<LeasedJob[]> {
    const { principal } = context.var;
    if (!mayDo(principal, 'read'))
      throw new GatewayError('forbidden', {
        message: 'This key does not have the scope read, which is needed besides: the answer has logs in it.',
      });
    const { outgoing } = context.env;
    this.#enter(principal.projectId, outgoing);
    const gone = new AbortController();
    let held: ClaimedJob[] = [];
    onceOver(outgoing, () => {
      gone.abort();
      if (!outgoing.writableFinished) void this.#giveBack(held).catch(() => {});
    });
    const signal = AbortSignal.any([gone.signal, this.#parts.ending]);
    const untilMs = Date.now() + taking.waitMs;
    for (;;) {
      held = await this.#claims.claim({
        projectId: principal.projectId,
        evaluator: taking.evaluator.definition.name,
        limit: taking.limit,
        leaseMs: taking.leaseMs,
        waitMs: Math.max(0, untilMs - Date.now()),
        signal,
      });
      if (held.length === 0) return [];
      const claimedAtMs = Date.now();
      try {
        const given = await this.#withLogs(held, taking, claimedAtMs);
        if (gone.signal.aborted) await this.#giveBack(held);
        // None: they were all hopeless. There may be others.
        if (given.length > 0 || gone.signal.aborted) return given;
      } catch (error) {
        await this.#giveBack(held);
        throw error;
      }
    }
  }

  /** Until when leases hold now; those that were lost are not among them. */
  async renew(leases: readonly Lease[], leaseMs: number): Promise<Map<Lease, number>> {
    const leaseUntilMs = Date.now() + leaseMs;
    const renewed = new Set(
      await this.#parts.store.jobs.renew(
        leases.map(({ job }) => job),
        leaseUntilMs,
      ),
    );
    return new Map(leases.filter(({ job }) => renewed.has(job.id)).map((lease) => [lease, leaseUntilMs]));
  }

  /** Puts it at the end of the queue; no try is lost. Throws `lease_lost`. */
  async release(lease: Lease): Promise<void> {
    const released = await this.#parts.store.jobs.release([lease.job], Date.now());
    if (released.length === 0) throw this.#lost();
  }

  /** Throws `lease_lost`; nothing is different then. */
  async end({ job, version, by }: Lease, end: End): Promise<void> {
    const { store, metrics } = this.#parts;
    const { outcome, source, retryAtMs } = end;
    const effect = { job, evaluatorVersion: version, outcome, source, atMs: Date.now(), retryAtMs, dead: false };
    const { fenced } = await store.jobs.complete([{ ...effect, givenBy: end.by ?? by }]);
    if (fenced > 0) throw this.#lost();
    metrics.evaluations.inc({ evaluator: DEFINED, outcome: outcome.outcome });
  }

  /** The lease that a token proves. Throws `not_found`. */
  leaseOf(token: string, { projectId }: Principal, evaluator: string): Lease {
    const lease = readLease(token, { projectId, evaluator }, this.#parts.tokenSecret);
    if (lease !== undefined) return lease;
    const message = `This lease was not given for ${evaluator}. Send one as it was answered.`;
    throw new GatewayError('not_found', { message });
  }

  #lost(): GatewayError {
    this.#parts.metrics.fencedCompletions.inc();
    return new GatewayError('lease_lost');
  }

  async #giveBack(jobs: ClaimedJob[]): Promise<void> {
    if (jobs.length > 0) await this.#parts.store.jobs.release(jobs, Date.now());
  }

  async #withLogs(jobs: ClaimedJob[], taking: Taking, leasedAtMs: number): Promise<LeasedJob[]> {
    const { store, tokenSecret } = this.#parts;
    const ids = [...new Set(jobs.map(({ logId }) => logId))].filter((id) => id !== '');
    const sizes = new Map<string, StoredLog>((await store.logs.getMany(ids)).map((log) => [log.id, log]));
    const given: LeasedJob[] = [];
    const tooMany: ClaimedJob[] = [];
    let bytes = 0;
    for (const job of jobs) {
      const log = sizes.get(job.logId);
      const version = job.version ?? taking.evaluator.version;
      const reason = hopeless(job, log, taking.evaluator);
      if (reason !== undefined) await this.#bury(job, version, reason);
      if (log === undefined || reason !== undefined) continue;
      bytes += (log.requestBody?.length ?? 0) + (log.responseBody?.length ?? 0);
      if (given.length > 0 && bytes > MOST_BODY_BYTES) {
        tooMany.push(job);
        continue;
      }
      given.push({
        lease: writeLease({ job, version, by: taking.by, leasedAtMs }, tokenSecret),
        leaseUntilMs: leasedAtMs + taking.leaseMs,
        attempt: job.attempt,
        evaluatorVersion: version,
        log: await readWholeLog(store, log),
      });
    }
    await this.#giveBack(tooMany);
    return given;
  }

  async #bury(job: ClaimedJob, evaluatorVersion: string, reason: string): Promise<void> {
    const outcome: Outcome = { outcome: 'skipped', reason, durationMs: 0, printed: '' };
    const effect = { job, evaluatorVersion, outcome, atMs: Date.now(), retryAtMs: undefined, dead: true };
    await this.#parts.store.jobs.complete([effect]);
  }
}

/** Why a job comes to nothing, whoever takes it. People put things aside and forget them: that says nothing of the log. */
function hopeless(
  job: ClaimedJob,
  log: StoredLog | undefined,
  { definition }: Taking['evaluator'],
): string | undefined {
  if (log === undefined) return 'The log is gone.';
  if (definition.kind === 'human' || job.attempt <= MOST_ATTEMPTS) return undefined;
  return `It was leased ${MOST_ATTEMPTS} times and never came to an end: it may end whoever works on it.`;
}
