/**
 * From claimed jobs to their effects: loads each log once, has it evaluated by all that wait for it, and decides whether
 * a failure is tried again. Claiming and committing are left to the queue.
 *
 *     log gone, or no such evaluator any more ---------> dead letter, with the reason
 *     the budget that pays for it used up -------------> again when it may go on, and no try is lost
 *     its evaluator deleted, its jobs to be dropped ----> done, as skipped
 *     taken up too often without ever coming to an end -> dead letter: it ends whoever takes it up
 *     scored, abstained, skipped ----------------------> done
 *     failed, retryable, tries left -------------------> again later
 *     not run, since its evaluator rests --------------> again when the rest is over, and no try is lost
 *     failed otherwise --------------------------------> done, as failed
 */
import type { ClaimedJob } from '../model/job.ts';
import type { Log } from '../model/log.ts';
import type { Outcome } from '../model/outcome.ts';
import type { JobEffect, LogStore, StoredLog } from '../store/store.ts';
import type { Evaluated, EvaluationRequest, Evaluators } from './evaluators.ts';
import { subjectOf } from './subject.ts';
import { deferred, type JobBudgets, withinBudget } from './within-budget.ts';

export interface EvaluateOptions {
  logs: Pick<LogStore, 'getMany'>;
  evaluators: Pick<Evaluators, 'evaluate' | 'standing' | 'costAtMost'>;
  /** Without them nothing limits what jobs cost. */
  budgets?: JobBudgets | undefined;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** 0 to 1. */
  random?: () => number;
  onEarly?: ((effects: JobEffect[]) => void) | undefined;
}

/** Times that an evaluation is tried in all. */
export const ATTEMPTS = 3;
/** A job that was taken up this often and not brought to an end took the process down with it, or its lease ran out. */
export const MOST_ATTEMPTS = 6;

/** How long what is finished waits for what is not. */
const EARLY_MS = 250;
/** Wait before the second try; four times as long before the third. */
const FIRST_RETRY_MS = 2000;

/**
 * One effect for each job. Those that are there while others take long go to `onEarly`, the rest are answered.
 * Rejects with `store_unavailable` or `draining`; the jobs without an effect are then tried again.
 */
export async function evaluateJobs(
  claimed: ClaimedJob[],
  { logs, evaluators, budgets, now = () => Date.now(), random = () => Math.random(), onEarly }: EvaluateOptions,
): Promise<JobEffect[]> {
  const effects: JobEffect[] = [];
  const end = (job: ClaimedJob, reason: string, dead: boolean): void => {
    const outcome: Outcome = { outcome: 'skipped', reason, durationMs: 0, printed: '' };
    effects.push({ job, evaluatorVersion: job.version ?? '', outcome, atMs: now(), retryAtMs: undefined, dead });
  };

  const jobs = claimed.filter((job) => {
    const shut = budgets?.shut(job);
    if (shut !== undefined) effects.push(deferred(job, shut, now()));
    return shut === undefined;
  });
  if (jobs.length === 0) return effects;
  const stored = new Map((await logs.getMany(idsOf(jobs))).map((log) => [log.id, log]));
  const standings = await Promise.all(
    jobs.map(({ projectId, evaluator: name, version }) =>
      evaluators.standing({ projectId, name, version: version ?? undefined }),
    ),
  );
  const promising = jobs.filter((job, index) => {
    const reason = hopeless(job, stored, standings[index]!);
    if (reason !== undefined) end(job, reason, standings[index] !== 'dropped');
    return reason === undefined;
  });

  const subjects = new Map<string, Log | string>();
  const subjectOfJob = ({ logId }: ClaimedJob): Log | string => {
    const subject = subjects.get(logId) ?? readSubject(stored.get(logId)!);
    subjects.set(logId, subject);
    return subject;
  };
  const { run, wait } = await withinBudget(promising, { budgets, evaluators, subjectOf: subjectOfJob });
  for (const { job, wait: until } of wait) effects.push(deferred(job, until, now()));

  const asked: ClaimedJob[] = [];
  const requests: EvaluationRequest[] = [];
  for (const group of Map.groupBy(run, ({ logId, version }) => `${logId} ${version ?? ''}`).values()) {
    const { logId, version, projectId } = group[0]!;
    const subject = subjectOfJob(group[0]!);
    if (typeof subject === 'string') for (const job of group) end(job, subject, true);
    else {
      const names = group.map((job) => job.evaluator);
      const versions = version === null ? undefined : Object.fromEntries(names.map((name) => [name, version]));
      requests.push({ id: logId, subject, projectId, evaluators: names, versions });
      asked.push(...group);
    }
  }
  if (requests.length === 0) return effects;
  const effectOf = ({ version, outcome, retryAtMs: restsUntilMs }: Evaluated, job: ClaimedJob): JobEffect => {
    const atMs = now();
    const effect = { job, evaluatorVersion: version, outcome, atMs, dead: false };
    if (restsUntilMs !== undefined) return { ...effect, retryAtMs: restsUntilMs, countsAttempt: false };
    const again = outcome.outcome === 'failed' && outcome.retryable && job.attempt < ATTEMPTS;
    return { ...effect, retryAtMs: again ? atMs + retryDelayMs(job.attempt, random()) : undefined };
  };
  const handed = new Set<number>();
  const timer = setInterval(() => {
    if (onEarly && effects.length > 0) onEarly(effects.splice(0));
  }, EARLY_MS);
  try {
    const answers = await evaluators.evaluate(requests, (answer, index) => {
      handed.add(index);
      effects.push(effectOf(answer, asked[index]!));
    });
    for (const [index, answer] of answers.entries())
      if (!handed.has(index)) effects.push(effectOf(answer, asked[index]!));
    return effects;
  } finally {
    clearInterval(timer);
  }
}

/** Doubled twice with each try, and up to a half longer by chance, so that what failed together comes back apart. */
export function retryDelayMs(attempt: number, random: number): number {
  return Math.round(FIRST_RETRY_MS * 4 ** (attempt - 1) * (1 + random / 2));
}

function idsOf(jobs: ClaimedJob[]): string[] {
  return [...new Set(jobs.map((job) => job.logId))].filter((id) => id !== '');
}

/** The subject, or why there is none: one log that cannot be read must not hold up those it was claimed with. */
function readSubject(log: StoredLog): Log | string {
  try {
    return subjectOf(log);
  } catch (error) {
    return `The log cannot be read: ${(error as Error).message}`;
  }
}

function hopeless(
  job: ClaimedJob,
  stored: ReadonlyMap<string, StoredLog>,
  standing: Awaited<ReturnType<Evaluators['standing']>>,
): string | undefined {
  if (!stored.has(job.logId)) return 'The log is gone.';
  if (standing === 'dropped') return `"${job.evaluator}" was deleted, and what waited for it was dropped.`;
  if (standing === 'unknown') {
    const version = job.version === null ? '' : ` in version ${job.version}`;
    return `There is no evaluator "${job.evaluator}"${version} any more, or its file does not load.`;
  }
  if (job.attempt > MOST_ATTEMPTS)
    return `It was taken up ${MOST_ATTEMPTS} times and never came to an end; see the process's own output of that time.`;
  return undefined;
}
