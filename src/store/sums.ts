/**
 * Sums over the logs of each user, each session, each name of sessions or each value of a property, the same on every engine. They are read from the rows, so
 * that they are exact and fresh for any filter; what is asked of all logs together, by hour, stands in aggregates.ts.
 */
import type { Summary } from '../statistics/summary.ts';
import type { Slice } from './questions.ts';

/**
 * Whose logs are summed up. Logs without a user are one group, with the key null; logs without a session, and without the property,
 * are left out.
 */
export type SummedBy = 'user' | 'session' | 'sessionName' | { property: string };

/** The numbers of a group, null where none of its logs has any. */
export const SUM_NUMBERS = [
  'logs',
  'costUsd',
  /** Neither cached, nor written to a cache, nor audio. */
  'plainInputTokens',
  /** Neither reasoning nor audio. */
  'plainOutputTokens',
  /** Of every class. */
  'totalTokens',
  'meanTokens',
  'durationMs',
  'meanDurationMs',
  /** When the first and the last log started, and the time between. */
  'firstMs',
  'lastMs',
  'spanMs',
  /** Of users: on how many days there were logs, and how many a day of those. */
  'days',
  'logsPerDay',
  /** Of names: how many sessions have it. */
  'sessions',
] as const;
export type SumNumber = (typeof SUM_NUMBERS)[number];

/** `key` is the user, the session, the name or the property's value; `name` the session's name, of sessions alone. */
export type SumText = 'key' | 'name';

/** A condition on groups. As in filters, an absent value satisfies only `present: false` and `not`. */
export type SumFilter =
  | { and: SumFilter[] }
  | { or: SumFilter[] }
  | { not: SumFilter }
  | { sum: SumNumber; equals?: number; gt?: number; gte?: number; lt?: number; lte?: number }
  | {
      of: SumText;
      equals?: string;
      in?: string[];
      gte?: string;
      lt?: string;
      /** Part of the text, without case. */
      contains?: string;
      present?: boolean;
    };

export interface SumQuestion extends Slice {
  by: SummedBy;
  /** By how much clocks are before UTC, milliseconds: days are those of these clocks. */
  aheadMs: number;
  having: SumFilter | null;
  timeLimitMs: number;
}

export interface SumPageQuestion extends SumQuestion {
  /** Absent values come last; ties are broken by key and name, ascending. */
  order: { by: SumNumber | 'key'; direction: 'asc' | 'desc' };
  offset: number;
  limit: number;
}

/** At most so many users of a session are named. */
export const MOST_USERS = 100;

export interface LogSum extends Record<SumNumber, number | null> {
  key: string | null;
  name: string | null;
  /** Of sessions: whose logs they are, ascending. */
  users: string[];
}

export interface SumTotals {
  groups: number;
  /** Groups with a cost. */
  priced: number;
  logs: number;
  costUsd: number | null;
  durationMs: number;
}

export interface SumPage {
  rows: LogSum[];
  /** Of all groups that satisfy the question, on whatever page. */
  totals: SumTotals;
  /** Whether any log of the project has such a key, whatever was asked for; of properties, whether any had one. */
  known: boolean;
}

/** Of a project that there is not. */
export function noSums(): SumPage {
  return { rows: [], totals: { groups: 0, priced: 0, logs: 0, costUsd: null, durationMs: 0 }, known: false };
}

export interface SumStore {
  /** Rejects with `question_too_large` where the answer takes longer than its time. */
  sums(question: SumPageQuestion): Promise<SumPage>;
  /** How some of the numbers are spread over the groups: a summary each, of a value a group. */
  spread(question: SumQuestion, numbers: SumNumber[]): Promise<Summary[]>;
}
