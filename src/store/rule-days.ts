/**
 * How many logs of a day a rule has matched and taken, as a family of the store: what replicas share of a rule that looks at so many
 * a day. What a rate follows from it is said in `evaluation/day-numbers.ts`. Jobs are counted where they are made: at ingest.
 */

/** One stratum of one rule in one project, on one day. */
export interface RuleDayKey {
  projectId: string;
  rule: string;
  /** As `Stratum.key`. */
  stratum: string;
  /** Such as 2026-01-31. */
  date: string;
}

export interface RuleDay extends RuleDayKey {
  /** Logs that matched; known a few seconds late. */
  matched: number;
  /** Jobs that were made for them. */
  taken: number;
  /** When the first of them began. */
  firstMs: number | null;
  /** When as many were taken as may be; null where it was not. */
  usedUpAtMs: number | null;
}

/** What a job is counted as. It is made only where `most` are not taken yet. */
export type TakenOfDay = Omit<RuleDayKey, 'projectId'> & { most: number };

/** What a process has seen since it said so last. */
export interface MatchedOfDay extends RuleDayKey {
  matched: number;
  firstMs: number;
}

export interface RuleDayStore {
  /** Adds to what matched. Answers these days as they are then. Days that nothing was added to for long are forgotten. */
  count(seen: MatchedOfDay[], nowMs: number): Promise<RuleDay[]>;
  /** From this date on, of all projects: for the recorder only. */
  since(date: string): Promise<RuleDay[]>;
  /** Of one project and date. */
  list(projectId: string, date: string): Promise<RuleDay[]>;
}

/** Days are kept for so long after they were counted last: whoever asks why a log was not looked at learns it from them. */
export const RULE_DAY_KEPT_MS = 40 * 86_400_000;

export function ruleDayKey({ projectId, rule, stratum, date }: RuleDayKey): string {
  return JSON.stringify([projectId, rule, stratum, date]);
}
