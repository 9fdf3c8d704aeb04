/**
 * Rules: which evaluators look at a log of a project, and why the others do not. An evaluator may bring a rule along (`online`); others
 * are put over the API or stand in gradeway.yaml, and several on one evaluator make one job: one that a rule without a budget pays for,
 * else the first of those that take the log. Runs for every log before it is
 * committed, so all that can be worked out beforehand is. A log is sampled by a hash of its id that is the same for every
 * rule: the sample of one at 10 % lies within that of another at 20 %, and a log has either all of its scores or few.
 */
import type { Evaluator } from '../model/evaluator.ts';
import type { Filterable } from '../model/filter-match.ts';
import type { Rule } from '../model/rule.ts';
import { sampleOf } from '../model/sample.ts';
import type { NewJob, NewLog } from '../store/store.ts';
import { DayNumbers } from './day-numbers.ts';
import { type Prepared, prepared, type RuleVerdict, type Sampled, shareOf, verdictOf } from './prepared-rule.ts';

export interface Rules {
  /** The evaluators that shall look at the log. */
  decide(log: Filterable, of: Sampled): NewLog['evaluators'];
  /** What every rule says, by evaluator; one without a rule does not look at live logs. */
  explain(log: Filterable, of: Sampled): Map<string, RuleVerdict[]>;
}

export interface RuleParts {
  evaluators: Evaluator[];
  rules: readonly Rule[];
  /** What is known of days of rules that look at so many a day. Outlives the rules. */
  days?: DayNumbers;
}

interface Attached {
  evaluator: string;
  /** Names the version that is the newest now, where there may be others when it is run. */
  job: string | NewJob;
  rules: Prepared[];
  /** Those that are enabled and take shares alone; the largest first. */
  shares: Prepared[];
  /** Those that are enabled and take a number a day, of some logs at least. */
  daily: Prepared[];
}

/** The rules that hold for one project, by evaluator. */
interface OfProject {
  attached: Attached[];
  /** Where every log is given to each. */
  everything: Attached['job'][] | undefined;
}

/** The name of the rule that an evaluator's file brings along. No rule that is put can have it. */
export function ownRuleOf(evaluator: string): string {
  return `online:${evaluator}`;
}

/** Compiles the rules of these evaluators; to be done again when either change. Rules of evaluators that there are not are passed over. */
export function prepareRules({ evaluators, rules, days = new DayNumbers() }: RuleParts): Rules {
  const owners = new Set([...evaluators, ...rules].map(({ projectId }) => projectId));
  const prepare = (projectId: string | null): OfProject => {
    const isOwn = (one: { projectId: string | null }): boolean => one.projectId === null || one.projectId === projectId;
    return rulesOf(evaluators.filter(isOwn), rules.filter(isOwn));
  };
  const common = prepare(null);
  const byProject = new Map<string, OfProject>();
  for (const projectId of owners) if (projectId !== null) byProject.set(projectId, prepare(projectId));
  const of = ({ projectId }: Sampled): OfProject => byProject.get(projectId) ?? common;
  return {
    decide(log, sampled) {
      const { attached, everything } = of(sampled);
      // The same array must not be handed out twice: whoever gets it may change it.
      if (everything) return [...everything];
      const sample = sampleIfNeeded(sampled.id);
      const chosen: Attached['job'][] = [];
      for (const one of attached) {
        const job = jobOf(one, log, { ...sampled, sample, days });
        if (job !== undefined) chosen.push(job);
      }
      return chosen;
    },
    explain(log, sampled) {
      const sample = sampleIfNeeded(sampled.id);
      return new Map(
        of(sampled).attached.map((one) => [
          one.evaluator,
          one.rules.map((rule) => verdictOf(rule, log, { ...sampled, sample: sample() })),
        ]),
      );
    },
  };
}

function rulesOf(evaluators: Evaluator[], rules: readonly Rule[]): OfProject {
  const attached = evaluators.map(({ name, online, needsTarget, managedBy, version }): Attached => {
    const own = online === null ? [] : [{ name: ownRuleOf(name), enabled: true, ...online }];
    // It may need one only since its file was changed.
    const put = needsTarget ? [] : rules.filter(({ spec }) => spec.evaluator === name).map(({ spec }) => spec);
    const all = [...own, ...put].map(prepared);
    const enabled = all.filter((rule) => rule.enabled);
    return {
      evaluator: name,
      job: managedBy === 'file' ? name : { name, version },
      rules: all,
      shares: enabled.filter(({ isDaily }) => !isDaily).toSorted((one, other) => other.most - one.most),
      daily: enabled.filter(({ isDaily }) => isDaily),
    };
  });
  const running = attached.filter(({ shares, daily }) => shares.length + daily.length > 0);
  const takeAll = running.every(({ shares }) => shares.some(({ takesAll }) => takesAll));
  return { attached, everything: takeAll ? running.map(({ job }) => job) : undefined };
}

function sampleIfNeeded(logId: string): () => number {
  let sample: number | undefined;
  return () => (sample ??= sampleOf(logId));
}

interface Deciding extends Sampled {
  /** Where the log lies among all. */
  sample: () => number;
  days: DayNumbers;
}

/**
 * The job that the rules of one evaluator make of a log. Since all of them sample by the same hash, the log is taken with the
 * probability of the rule that takes it with the largest.
 */
function jobOf({ job, shares, daily }: Attached, log: Filterable, deciding: Deciding): Attached['job'] | undefined {
  const { sample } = deciding;
  let probability = 0;
  // The rule whose budget pays; null where one without a budget takes the log as well.
  let payer: string | null | undefined;
  const pay = ({ rule, isLimited }: Prepared): void => {
    payer = isLimited && payer !== null ? (payer ?? rule) : null;
  };
  for (const rule of shares) {
    // Those behind it take no more than it does.
    if ((rule.most <= probability && payer === null) || (rule.most < 1 && sample() >= rule.most)) break;
    if (!rule.matches(log)) continue;
    const rate = rule.stratumOf(log).sampleRate;
    if (rate < 1 && sample() >= rate) continue;
    probability = Math.max(probability, rate);
    pay(rule);
  }
  let isShare = probability > 0;
  let perDay: NewJob['perDay'];
  for (const rule of daily) {
    if (!rule.matches(log)) continue;
    const share = shareOf(rule, log, deciding);
    if (share.rate < 1 && sample() >= share.rate) continue;
    if (share.rate === 0) continue;
    pay(rule);
    probability = Math.max(probability, share.rate);
    perDay ??= share.perDay;
    isShare ||= share.perDay === undefined;
  }
  if (probability === 0) return undefined;
  // What is taken anyway uses up no number.
  if (isShare || perDay === undefined) return finished(job, { probability, payer });
  const { most: _most, ...key } = perDay;
  deciding.days.took({ projectId: deciding.projectId, ...key });
  return finished(job, { probability, payer, perDay });
}

interface Terms {
  probability: number;
  payer: string | null | undefined;
  perDay?: NewJob['perDay'];
}

function finished(job: Attached['job'], { probability, payer, perDay }: Terms): Attached['job'] {
  const paidBy = payer ?? undefined;
  if (probability >= 1 && perDay === undefined && paidBy === undefined) return job;
  const named: NewJob = typeof job === 'string' ? { name: job } : { ...job };
  if (probability < 1) named.probability = probability;
  if (perDay !== undefined) named.perDay = perDay;
  if (paidBy !== undefined) named.paidBy = paidBy;
  return named;
}
