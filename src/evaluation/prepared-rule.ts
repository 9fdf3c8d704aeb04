/** One rule, made ready to be asked of every log: whether it matches, how the log is sampled by it, and what it says to one that asks why. */
import type { RuleVerdictName } from '../model/explained-evaluation.ts';
import type { Budget } from '../model/budget.ts';
import { type Day, daysOf } from '../model/day.ts';
import type { Filter } from '../model/filter.ts';
import { type Filterable, matches } from '../model/filter-match.ts';
import { eachStratum, type Sampling, strataOf, type Stratum } from '../model/sampling.ts';
import type { TakenOfDay } from '../store/rule-days.ts';
import type { DayNumbers } from './day-numbers.ts';

/** What one rule says to one log. */
export interface RuleVerdict {
  /** Its name; `online:` and the evaluator's name where the evaluator brings it along. */
  rule: string;
  verdict: RuleVerdictName;
  /** For `not_matched`: the condition that did not hold, as JSON. */
  clause: string | null;
  /** How the log was sampled, where it matches and not all that do are taken. */
  sampling: LogSampling | null;
}

/** How one log is sampled by one rule. */
export interface LogSampling {
  /** Where the log lies among all, 0 to 1: it is in every sample of a larger share. */
  place: number;
  /** The property that the rule has strata by, and the values of the log's stratum: null for the rest. */
  property: string | null;
  values: readonly string[] | null;
  /** The share that is taken; with `perDay` the largest. */
  sampleRate: number;
  /** Of a number a day: the log's day, and how much of it is used up. */
  day: DaySampling | null;
}

export interface DaySampling {
  stratum: string;
  perDay: number;
  date: string;
  endsAtMs: number;
  /** Null until it is asked for. */
  matched: number | null;
  taken: number | null;
  /** When the number was used up; null where it was not. */
  usedUpAtMs: number | null;
}

/** The log that is decided on. */
export interface Sampled {
  id: string;
  projectId: string;
  startedAtMs: number;
}

interface Clause {
  filter: Filter;
  text: string;
}

export interface Prepared {
  rule: string;
  enabled: boolean;
  clauses: Clause[];
  /** The largest share of any stratum. */
  most: number;
  /** Whether any stratum has a number a day. */
  isDaily: boolean;
  /** Whether a budget limits what its evaluator may cost. */
  isLimited: boolean;
  /** Whether it takes every log, at any price. */
  takesAll: boolean;
  property: string | null;
  matches(log: Filterable): boolean;
  stratumOf(log: Filterable): Stratum;
  dayOf(ms: number): Day;
}

const CLAUSE_CHARACTERS = 200;

/** What is asked of a rule, wherever it stands. */
export interface Preparable extends Sampling {
  name: string;
  enabled: boolean;
  filter?: Filter | undefined;
  budget?: Budget | undefined;
}

export function prepared(one: Preparable): Prepared {
  const clauses = clausesOf(one.filter);
  const { property, byValue, rest } = strataOf(one);
  const strata = eachStratum({ property, byValue, rest });
  const isDaily = strata.some(({ perDay }) => perDay !== null);
  const isLimited = one.budget !== undefined;
  const takesAll = one.enabled && clauses.length === 0 && !isDaily && !isLimited;
  return {
    rule: one.name,
    enabled: one.enabled,
    clauses,
    most: Math.max(...strata.map(({ sampleRate }) => sampleRate)),
    isDaily,
    isLimited,
    takesAll: takesAll && strata.every(({ sampleRate }) => sampleRate >= 1),
    property,
    matches: (log) => clauses.every(({ filter }) => matches(filter, log)),
    stratumOf: (log) => (property === null ? rest : (byValue.get(log.property(property) ?? '') ?? rest)),
    dayOf: isDaily ? daysOf(one.timeZone) : () => never(one.name),
  };
}

/** The rate at which a rule that matches takes the log, noting that it has matched; and what a job would be counted as. */
export function shareOf(
  rule: Prepared,
  log: Filterable,
  { projectId, startedAtMs, days }: Sampled & { days: DayNumbers },
): { rate: number; perDay: TakenOfDay | undefined } {
  const { key: stratum, sampleRate, perDay } = rule.stratumOf(log);
  if (perDay === null) return { rate: sampleRate, perDay: undefined };
  const day = rule.dayOf(startedAtMs);
  const taken: TakenOfDay = { rule: rule.rule, stratum, date: day.date, most: perDay };
  const key = { projectId, rule: rule.rule, stratum, date: day.date };
  return { rate: Math.min(sampleRate, days.rate(key, { day, perDay, atMs: startedAtMs })), perDay: taken };
}

/** The condition before the sample: who asks learns first whether the log was meant at all. Of a number a day, the share alone is looked at. */
export function verdictOf(rule: Prepared, log: Filterable, of: Sampled & { sample: number }): RuleVerdict {
  const say = (verdict: RuleVerdict['verdict'], rest: Partial<RuleVerdict> = {}): RuleVerdict => ({
    rule: rule.rule,
    verdict,
    clause: null,
    sampling: null,
    ...rest,
  });
  if (!rule.enabled) return say('disabled');
  const failing = rule.clauses.find(({ filter }) => !matches(filter, log));
  if (failing !== undefined) return say('not_matched', { clause: failing.text });
  const { values, sampleRate, perDay, key: stratum } = rule.stratumOf(log);
  const { property } = rule;
  const verdict = of.sample < sampleRate ? 'taken' : 'sampled_out';
  if (sampleRate >= 1 && perDay === null) return say(verdict);
  const sampling = { place: of.sample, property, values, sampleRate };
  if (perDay === null) return say(verdict, { sampling: { ...sampling, day: null } });
  const { date, endMs: endsAtMs } = rule.dayOf(of.startedAtMs);
  const day = { stratum, perDay, date, endsAtMs, matched: null, taken: null, usedUpAtMs: null };
  return say(verdict, { sampling: { ...sampling, day } });
}

/** The parts of an outermost `and` one by one, so that the reason names the one that failed. */
function clausesOf(filter: Filter | undefined): Clause[] {
  if (filter === undefined) return [];
  const parts = 'and' in filter ? filter.and : [filter];
  return parts.map((part) => ({ filter: part, text: JSON.stringify(part).slice(0, CLAUSE_CHARACTERS) }));
}

function never(rule: string): never {
  throw new RangeError(`The rule ${rule} takes no number a day`);
}
