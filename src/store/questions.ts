/**
 * Questions about many logs, the same on every engine. A question names its project, a filter and a range of time; it
 * is answered from one snapshot. What an index or a rollup cannot answer is scanned, off the serving thread, until
 * `timeLimitMs`: then the question is rejected with `question_too_large`, whose message says how to narrow it.
 */
import type { Filter } from '../model/filter.ts';
import type { Score, ScoreSource } from '../model/score.ts';
import type { LogRow } from './log-row.ts';

/** Logs of a project that started in [fromMs, toMs) and satisfy the filter; null is no condition. */
export interface Slice {
  projectId: string;
  filter: Filter | null;
  fromMs: number | null;
  toMs: number | null;
}

/** Fields that logs can be listed by. Ties are broken by the order of commit, newest first; by a start that ascends, oldest first. */
export const SORT_FIELDS = [
  'startedAtMs',
  'durationMs',
  'firstTokenMs',
  'costUsd',
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'model',
  'userId',
  'status',
] as const;
export type SortField = (typeof SORT_FIELDS)[number];

/** Where a page by `startedAtMs` ended. Opaque to clients. */
export interface LogCursor {
  startedAtMs: number;
  seq: number;
}

export interface ListQuestion extends Slice {
  /**
   * Absent values come last. By a property: its value as text. By a score: numbers (and booleans as 1 and 0) before categories;
   * of several on a log the highest where descending, the lowest where ascending.
   */
  order: { by: SortField | { property: string } | { score: string }; direction: 'asc' | 'desc' };
  /** Goes on behind it; for `startedAtMs` only. */
  after: LogCursor | null;
  /** Skips so many, for those who page by number. */
  offset: number;
  limit: number;
  /** Bodies too, at the cost of unpacking their blocks. */
  bodies: boolean;
  timeLimitMs: number;
}

/** A log in a list, with what belongs to it. Headers and hashes lie with the bodies, and are empty where those are not asked for. */
export interface ListedLog extends LogRow {
  seq: number;
  /** Current scores, as `ScoreStore.list` gives them. */
  scores: Score[];
  requestBody: Uint8Array | undefined;
  responseBody: Uint8Array | undefined;
}

export interface LogPage {
  logs: ListedLog[];
  /** Null where nothing follows. In other orders than by start it only tells that something does. */
  next: LogCursor | null;
}

/** Something that landed, for those who watch. */
export interface Change {
  /** Grows; a watcher asks for what is behind the last one that it has seen. */
  seq: number;
  logId: string;
  what: 'log' | 'score' | 'evaluation';
  /** Name of the score or the evaluator. */
  name: string | null;
}

export interface QuestionStore {
  list(question: ListQuestion): Promise<LogPage>;
  /** How many logs a slice has, and whether that was counted to the end within the time. */
  count(slice: Slice, timeLimitMs: number): Promise<{ count: number; complete: boolean }>;
  /** Names of a project's properties with how many distinct values each has had, by name. */
  propertyNames(projectId: string): Promise<{ name: string; values: number }[]>;
  /** Names of properties that lists shall leave out, by name. */
  hiddenProperties(projectId: string): Promise<string[]>;
  /** Values of a property that contain a text (without case; '' for all), the most frequent among the newest logs first. */
  propertyValues(projectId: string, name: string, contains: string, limit: number): Promise<string[]>;
  /**
   * The changes behind `after`, oldest first; with `after` null none, but where the end is now. Entries are kept for some
   * seconds: `complete` is false where some behind `after` may be gone, or where no entry can have had this number yet.
   */
  changes(
    projectId: string,
    after: number | null,
    limit: number,
  ): Promise<{ changes: Change[]; last: number; complete: boolean }>;
}

/** What is written about logs after they were committed. */
export interface LogEdits {
  /** Sets a property of the newest log with this id, name in any case. Whether there was one. */
  setProperty(projectId: string, id: string, name: string, value: string, nowMs: number): Promise<boolean>;
  /** Hides a property from lists, name in any case, or shows it again. Whether there was such a property; hidden, where it is to be shown. */
  setPropertyHidden(projectId: string, name: string, hidden: boolean): Promise<boolean>;
  /** Removes scores of a log by name (and source, where given). How many. */
  removeScores(projectId: string, id: string, name: string, source: ScoreSource | null, nowMs: number): Promise<number>;
}
