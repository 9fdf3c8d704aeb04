/**
 * What happened between one log and every evaluator: what came of it, where its job stands, or why there is none. Reasons are by
 * the rules as they are now and by what is left of the log; a log that came before a rule began to match it says so.
 */
import type { EvaluationState } from '../model/explained-evaluation.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Pause } from '../model/pause.ts';
import type { LogJob, Store, StoredLog } from '../store/store.ts';
import { filterable } from './filterable.ts';
import type { Rule } from '../model/rule.ts';
import type { RuleDay } from '../store/rule-days.ts';
import type { RuleVerdict } from './prepared-rule.ts';
import { prepareRules } from './rules.ts';

export interface Explained {
  evaluator: string;
  /** The version that looked at the log last. */
  version: string | null;
  state: EvaluationState;
  /** For `not_matched`: the condition that did not hold, as JSON; of the first of its rules. */
  clause: string | null;
  /** What each of its rules says to the log now. */
  rules: RuleVerdict[];
  /** Why it abstained, was skipped or failed; for `queued`, what the last try came to; for `over_budget`, by how much; for `paused`, why it is. */
  reason: string | null;
  /** Failure code of the last try. */
  code: string | null;
  /** Tries so far. */
  attempt: number;
  /** For `queued`, `over_budget` and `paused`: when it may be taken. For `running`: when its lease ends. */
  dueAtMs: number | null;
  /** For `queued` and `paused`: how many jobs are due before it. */
  ahead: number | null;
  /** When it ended. */
  atMs: number | null;
}

interface LastTry {
  evaluatorVersion: string;
  outcome: Outcome['outcome'];
  code: string | null;
  reason: string | null;
  attempt: number;
  atMs: number;
}

interface Asked {
  store: Pick<Store, 'jobs' | 'pauses' | 'scores' | 'ruleDays'>;
  evaluators: Evaluator[];
  /** Of all projects, and of that of the log. */
  rules: readonly Rule[];
  nowMs: number;
}

/** By name of the evaluator: those that there are, and those that have looked at the log or shall. */
export async function explain(log: StoredLog, { store, evaluators, rules, nowMs }: Asked): Promise<Explained[]> {
  // Jobs first: one that is gone by then has its outcome below.
  const jobs = new Map((await store.jobs.ofLog(log.projectId, log.id)).map((job) => [job.evaluator, job]));
  const pauses = new Map((await store.pauses.list(log.projectId)).map((pause) => [pause.evaluator, pause]));
  const tries = new Map<string, LastTry>();
  for (const row of await store.scores.evaluations(log.projectId, log.id)) {
    const known = tries.get(row.evaluator);
    if (known === undefined || known.atMs <= row.atMs) tries.set(row.evaluator, row);
  }
  const ofProject = evaluators.filter(({ projectId }) => projectId === null || projectId === log.projectId);
  const verdicts = prepareRules({ evaluators: ofProject, rules }).explain(filterable(log), log);
  const days = await daysOf(store, log.projectId, verdicts);
  const names = new Set([...ofProject.map(({ name }) => name), ...tries.keys(), ...jobs.keys()]);
  return [...names].toSorted().map((name) => {
    const [job, last] = [jobs.get(name), tries.get(name)];
    const wasTaken = job !== undefined || last !== undefined;
    const said = verdicts.get(name) ?? [];
    return explained(name, {
      job,
      pause: pauses.get(name),
      last,
      rules: said.map((one) => withDay(one, log, { days, wasTaken })),
      nowMs,
    });
  });
}

/** What came of the days that rules count logs to. */
async function daysOf(
  store: Asked['store'],
  projectId: string,
  verdicts: ReadonlyMap<string, RuleVerdict[]>,
): Promise<RuleDay[]> {
  const dates = new Set<string>();
  for (const { sampling } of [...verdicts.values()].flat()) if (sampling?.day) dates.add(sampling.day.date);
  const found: RuleDay[] = [];
  for (const date of dates) found.push(...(await store.ruleDays.list(projectId, date)));
  return found;
}

/** Of a rule that takes so many a day: what came of that day, and whether that is why the log was not taken. */
function withDay(
  said: RuleVerdict,
  log: StoredLog,
  { days, wasTaken }: { days: readonly RuleDay[]; wasTaken: boolean },
): RuleVerdict {
  const { sampling } = said;
  if (!sampling?.day) return said;
  const { date, stratum } = sampling.day;
  const found = days.find((one) => one.rule === said.rule && one.date === date && one.stratum === stratum);
  const { matched = 0, taken = 0, usedUpAtMs = null, firstMs = null } = found ?? {};
  const day = { ...sampling.day, matched, taken, usedUpAtMs };
  // It was not asked for logs before the first that matched.
  const wasAsked = firstMs !== null && log.startedAtMs >= firstMs;
  const isOut = said.verdict === 'taken' && !wasTaken && wasAsked;
  return { ...said, verdict: isOut ? 'sampled_out' : said.verdict, sampling: { ...sampling, day } };
}

interface Found {
  job: LogJob | undefined;
  pause: Pause | undefined;
  last: LastTry | undefined;
  rules: RuleVerdict[];
  nowMs: number;
}

function explained(evaluator: string, { job, pause, last, rules, nowMs }: Found): Explained {
  const known: Explained = {
    evaluator,
    version: last?.evaluatorVersion ?? null,
    state: last?.outcome ?? stateWithout(rules),
    clause: last === undefined ? clauseOf(rules) : null,
    rules,
    reason: last?.reason ?? null,
    code: last?.code ?? null,
    attempt: last?.attempt ?? 0,
    dueAtMs: null,
    ahead: null,
    atMs: last?.atMs ?? null,
  };
  if (job === undefined) return known;
  const { attempt, dueAtMs } = job;
  if (job.state === 'dead')
    return { ...known, state: 'dead', clause: null, attempt, reason: job.reason ?? known.reason };
  // A lease that has run out is up for whoever claims next.
  const isRunning = job.state === 'leased' && dueAtMs !== null && dueAtMs > nowMs;
  const waiting = { ...known, clause: null, attempt, dueAtMs, atMs: null };
  if (isRunning) return { ...waiting, state: 'running' };
  const queued = { ...waiting, ahead: job.ahead };
  if (pause !== undefined) return { ...queued, state: 'paused', reason: pause.reason };
  const isOver = job.state === 'pending' && job.deferredBy === 'budget' && dueAtMs !== null && dueAtMs > nowMs;
  return isOver ? { ...waiting, state: 'over_budget', code: null, reason: job.reason } : { ...queued, state: 'queued' };
}

/** Why there is neither a job nor an outcome. Of several rules the one that came closest says it. */
function stateWithout(rules: readonly RuleVerdict[]): EvaluationState {
  const verdicts = new Set(rules.map(({ verdict }) => verdict));
  if (verdicts.has('taken')) return 'before_rule';
  if (verdicts.has('sampled_out')) return 'sampled_out';
  return verdicts.has('not_matched') ? 'not_matched' : 'offline';
}

function clauseOf(rules: readonly RuleVerdict[]): string | null {
  return stateWithout(rules) === 'not_matched' ? rules.find(({ clause }) => clause !== null)!.clause : null;
}
