/**
 * Rules: which evaluators look at a log, and why the others do not. Runs for every log before it is committed, so all
 * that can be worked out beforehand is. A log is sampled by a hash of its id that is the same for every evaluator: the
 * sample of one at 10 % lies within that of another at 20 %, and a log has either all of its scores or few.
 */
import type { Evaluator } from '../model/evaluator.ts';
import type { Filter } from '../model/filter.ts';
import { type Filterable, matches } from '../model/filter-match.ts';
import { sampleOf } from '../model/sample.ts';

export interface Skipped {
  evaluator: string;
  why: 'offline' | 'sampled_out' | 'not_matched';
  /** For `not_matched`: the condition that did not hold, as JSON. */
  clause?: string;
}

export interface Rules {
  /** Names of the evaluators that shall look at the log. */
  decide(log: Filterable, logId: string): string[];
  /** Why the others do not, for who asks. */
  explain(log: Filterable, logId: string): Skipped[];
}

interface Clause {
  filter: Filter;
  text: string;
}

interface Rule {
  name: string;
  sampleRate: number;
  clauses: Clause[];
}

const CLAUSE_CHARACTERS = 200;

/** Compiles the rules of these evaluators; to be done again when they change. */
export function prepareRules(evaluators: Evaluator[]): Rules {
  const offline = evaluators.filter((one) => one.online === null).map(({ name }) => name);
  const rules: Rule[] = evaluators.flatMap(({ name, online }) =>
    online === null ? [] : [{ name, sampleRate: online.sampleRate, clauses: clausesOf(online.filter) }],
  );
  const everything = rules.every((rule) => rule.sampleRate >= 1 && rule.clauses.length === 0);
  const allNames = rules.map(({ name }) => name);
  return {
    decide(log, logId) {
      // The same array must not be handed out twice: whoever gets it may change it.
      if (everything) return [...allNames];
      const sample = sampleIfNeeded(logId);
      return rules.filter((rule) => obstacle(rule, log, sample) === undefined).map(({ name }) => name);
    },
    explain(log, logId) {
      const sample = sampleIfNeeded(logId);
      const skipped = offline.map((evaluator): Skipped => ({ evaluator, why: 'offline' }));
      for (const rule of rules) {
        const why = obstacle(rule, log, sample);
        if (why === 'sampled_out') skipped.push({ evaluator: rule.name, why });
        else if (why) skipped.push({ evaluator: rule.name, why: 'not_matched', clause: why.text });
      }
      return skipped;
    },
  };
}

function sampleIfNeeded(logId: string): () => number {
  let sample: number | undefined;
  return () => (sample ??= sampleOf(logId));
}

/** What keeps an evaluator from a log: the sample, or the condition that does not hold. */
function obstacle(rule: Rule, log: Filterable, sample: () => number): 'sampled_out' | Clause | undefined {
  if (rule.sampleRate < 1 && sample() >= rule.sampleRate) return 'sampled_out';
  return rule.clauses.find((clause) => !matches(clause.filter, log));
}

/** The parts of an outermost `and` one by one, so that the reason names the one that failed. */
function clausesOf(filter: Filter | undefined): Rule['clauses'] {
  if (filter === undefined) return [];
  const parts = 'and' in filter ? filter.and : [filter];
  return parts.map((part) => ({ filter: part, text: JSON.stringify(part).slice(0, CLAUSE_CHARACTERS) }));
}
