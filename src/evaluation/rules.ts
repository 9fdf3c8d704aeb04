/**
 * Rules: which evaluators look at a log of a project, and why the others do not. An evaluator may bring a rule along (`online`); others
 * are put over the API or stand in gradeway.yaml, and several on one evaluator make one job. Runs for every log before it is
 * committed, so all that can be worked out beforehand is. A log is sampled by a hash of its id that is the same for every
 * rule: the sample of one at 10 % lies within that of another at 20 %, and a log has either all of its scores or few.
 */
import type { Evaluator } from '../model/evaluator.ts';
import type { Filter } from '../model/filter.ts';
import { type Filterable, matches } from '../model/filter-match.ts';
import type { Rule } from '../model/rule.ts';
import { sampleOf } from '../model/sample.ts';
import type { NewJob, NewLog } from '../store/store.ts';

export const RULE_VERDICTS = [
  /** It gives the log to its evaluator. */
  'taken',
  'sampled_out',
  'not_matched',
  'disabled',
] as const;

/** What one rule says to one log. */
export interface RuleVerdict {
  /** Its name; `online:` and the evaluator's name where the evaluator brings it along. */
  rule: string;
  verdict: (typeof RULE_VERDICTS)[number];
  /** For `not_matched`: the condition that did not hold, as JSON. */
  clause: string | null;
}

/** The log that is decided on. */
interface Decided {
  id: string;
  projectId: string;
}

export interface Rules {
  /** The evaluators that shall look at the log. */
  decide(log: Filterable, of: Decided): NewLog['evaluators'];
  /** What every rule says, by evaluator; one without a rule does not look at live logs. */
  explain(log: Filterable, of: Decided): Map<string, RuleVerdict[]>;
}

interface Clause {
  filter: Filter;
  text: string;
}

interface Prepared {
  rule: string;
  enabled: boolean;
  sampleRate: number;
  clauses: Clause[];
}

interface Attached {
  evaluator: string;
  /** Names the version that is the newest now, where there may be others when it is run. */
  job: string | NewJob;
  rules: Prepared[];
}

/** The rules that hold for one project, by evaluator. */
interface OfProject {
  attached: Attached[];
  /** Where every log is given to each. */
  everything: Attached['job'][] | undefined;
}

const CLAUSE_CHARACTERS = 200;

/** The name of the rule that an evaluator's file brings along. No rule that is put can have it. */
export function ownRuleOf(evaluator: string): string {
  return `online:${evaluator}`;
}

/** Compiles the rules of these evaluators; to be done again when either change. Rules of evaluators that there are not are passed over. */
export function prepareRules({ evaluators, rules }: { evaluators: Evaluator[]; rules: readonly Rule[] }): Rules {
  const owners = new Set([...evaluators, ...rules].map(({ projectId }) => projectId));
  const prepare = (projectId: string | null): OfProject => {
    const isOwn = (one: { projectId: string | null }): boolean => one.projectId === null || one.projectId === projectId;
    return rulesOf(evaluators.filter(isOwn), rules.filter(isOwn));
  };
  const common = prepare(null);
  const byProject = new Map<string, OfProject>();
  for (const projectId of owners) if (projectId !== null) byProject.set(projectId, prepare(projectId));
  const of = ({ projectId }: Decided): OfProject => byProject.get(projectId) ?? common;
  return {
    decide(log, decided) {
      const { attached, everything } = of(decided);
      // The same array must not be handed out twice: whoever gets it may change it.
      if (everything) return [...everything];
      const sample = sampleIfNeeded(decided.id);
      const chosen: Attached['job'][] = [];
      for (const one of attached) if (one.rules.some((rule) => takes(rule, log, sample))) chosen.push(one.job);
      return chosen;
    },
    explain(log, decided) {
      const sample = sampleIfNeeded(decided.id);
      return new Map(
        of(decided).attached.map((one) => [one.evaluator, one.rules.map((rule) => verdictOf(rule, log, sample))]),
      );
    },
  };
}

function rulesOf(evaluators: Evaluator[], rules: readonly Rule[]): OfProject {
  const attached = evaluators.map(({ name, online, needsTarget, managedBy, version }): Attached => {
    const own = online === null ? [] : [{ name: ownRuleOf(name), enabled: true, ...online }];
    // It may need one only since its file was changed.
    const put = needsTarget ? [] : rules.filter(({ spec }) => spec.evaluator === name).map(({ spec }) => spec);
    const job = managedBy === 'file' ? name : { name, version };
    return { evaluator: name, job, rules: [...own, ...put].map(prepared) };
  });
  const running = attached.filter(({ rules: some }) => some.some(({ enabled }) => enabled));
  const takeAll = running.every(({ rules: some }) => some.some(takesAll));
  return { attached, everything: takeAll ? running.map(({ job }) => job) : undefined };
}

function prepared(one: { name: string; enabled: boolean; sampleRate: number; filter?: Filter | undefined }): Prepared {
  return { rule: one.name, enabled: one.enabled, sampleRate: one.sampleRate, clauses: clausesOf(one.filter) };
}

function takesAll({ enabled, sampleRate, clauses }: Prepared): boolean {
  return enabled && sampleRate >= 1 && clauses.length === 0;
}

function sampleIfNeeded(logId: string): () => number {
  let sample: number | undefined;
  return () => (sample ??= sampleOf(logId));
}

function takes(rule: Prepared, log: Filterable, sample: () => number): boolean {
  if (!rule.enabled || (rule.sampleRate < 1 && sample() >= rule.sampleRate)) return false;
  return rule.clauses.every(({ filter }) => matches(filter, log));
}

/** The condition before the sample: who asks learns first whether the log was meant at all. */
function verdictOf(rule: Prepared, log: Filterable, sample: () => number): RuleVerdict {
  const say = (verdict: RuleVerdict['verdict'], clause: string | null = null): RuleVerdict => ({
    rule: rule.rule,
    verdict,
    clause,
  });
  if (!rule.enabled) return say('disabled');
  const failing = rule.clauses.find(({ filter }) => !matches(filter, log));
  if (failing !== undefined) return say('not_matched', failing.text);
  return say(takes(rule, log, sample) ? 'taken' : 'sampled_out');
}

/** The parts of an outermost `and` one by one, so that the reason names the one that failed. */
function clausesOf(filter: Filter | undefined): Clause[] {
  if (filter === undefined) return [];
  const parts = 'and' in filter ? filter.and : [filter];
  return parts.map((part) => ({ filter: part, text: JSON.stringify(part).slice(0, CLAUSE_CHARACTERS) }));
}
