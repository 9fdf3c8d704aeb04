/**
 * Rules: which evaluators look at a log, and why the others do not. Runs for every log before it is committed, so all
 * that can be worked out beforehand is. A log is sampled by a hash of its id that is the same for every evaluator: the
 * sample of one at 10 % lies within that of another at 20 %, and a log has either all of its scores or few.
 */
import { hash } from 'node:crypto';
import type { Evaluator } from '../model/evaluator.ts';
import { type Filter, type Filterable, matches } from '../model/filter.ts';

export interface Skipped {
  evaluator: string;
  why: 'offline' | 'sampled_out' | 'not_matched';
  /** For `not_matched`: the condition that did not hold, as JSON. */
  clause?: string;
}

export interface Decision {
  /** Names of the evaluators that shall look at the log. */
  run: string[];
  skipped: Skipped[];
}

export interface Rules {
  decide(log: Filterable, logId: string): Decision;
}

interface Rule {
  name: string;
  sampleRate: number;
  clauses: { filter: Filter; text: string }[];
}

const CLAUSE_CHARACTERS = 200;

/** Compiles the rules of these evaluators; to be done again when they change. */
export function prepareRules(evaluators: Evaluator[]): Rules {
  const offline = evaluators.filter((one) => one.online === null);
  const skippedAlways: Skipped[] = offline.map(({ name }) => ({ evaluator: name, why: 'offline' }));
  const rules: Rule[] = evaluators.flatMap(({ name, online }) =>
    online === null ? [] : [{ name, sampleRate: online.sampleRate, clauses: clausesOf(online.filter) }],
  );
  const everything = rules.every((rule) => rule.sampleRate >= 1 && rule.clauses.length === 0);
  const allNames = rules.map(({ name }) => name);
  return {
    decide(log, logId) {
      // The same arrays must not be handed out twice: whoever gets them may change them.
      if (everything) return { run: [...allNames], skipped: [...skippedAlways] };
      return decide(rules, skippedAlways, log, logId);
    },
  };
}

/** Where a log lies among all, 0 to 1: it is in every sample of a larger rate. */
export function sampleOf(logId: string): number {
  // 53 bits are what a number holds exactly: 13 hex digits and a bit.
  const digits = hash('sha256', logId, 'hex').slice(0, 14);
  return Math.floor(Number.parseInt(digits, 16) / 8) / 2 ** 53;
}

function decide(rules: Rule[], skippedAlways: Skipped[], log: Filterable, logId: string): Decision {
  const run: string[] = [];
  const skipped = [...skippedAlways];
  let sample: number | undefined;
  for (const rule of rules) {
    if (rule.sampleRate < 1 && (sample ??= sampleOf(logId)) >= rule.sampleRate)
      skipped.push({ evaluator: rule.name, why: 'sampled_out' });
    else {
      const failing = rule.clauses.find((clause) => !matches(clause.filter, log));
      if (failing) skipped.push({ evaluator: rule.name, why: 'not_matched', clause: failing.text });
      else run.push(rule.name);
    }
  }
  return { run, skipped };
}

/** The parts of an outermost `and` one by one, so that the reason names the one that failed. */
function clausesOf(filter: Filter | undefined): Rule['clauses'] {
  if (filter === undefined) return [];
  const parts = 'and' in filter ? filter.and : [filter];
  return parts.map((part) => ({ filter: part, text: JSON.stringify(part).slice(0, CLAUSE_CHARACTERS) }));
}
