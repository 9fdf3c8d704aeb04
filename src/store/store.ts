/**
 * The store as the rest of Gradeway sees it: families of statements, always awaited, the same on every engine.
 * Ids and times come from the caller; nothing here calls a clock. Every family is scoped by project where rows belong
 * to one. Errors: `store_unavailable` when the engine does not answer, `question_too_large` as questions.ts
 * says; nothing else is thrown for valid arguments.
 */
import type { ClaimedJob, JobState } from '../model/job.ts';
import type { NamedScore } from '../model/outcome.ts';
import type { Score, ScoreSource, ScoreValue } from '../model/score.ts';
import type { AuditStore } from './audit.ts';
import type { BudgetStore } from './budgets.ts';
import type { DatasetStore } from './datasets.ts';
import type { RunStore } from './evaluation-runs.ts';
import type { DeadLetterStore } from './dead-letters.ts';
import type { EvaluationRow, NewEvaluation } from './evaluations.ts';
import type { DefinitionStore } from './definitions.ts';
import type { LogRow, StoredLog } from './log-row.ts';
import type { AggregateStore } from './aggregates.ts';
import type { PauseStore } from './pauses.ts';
import type { JobEffect } from './job-effect.ts';
import type { KeyRow, KeyStore, KeyUse, NewKey } from './keys.ts';
import type { LogEdits, QuestionStore } from './questions.ts';
import type { ClaimRequest } from './fair-claim.ts';
import type { RemovalStore } from './removals.ts';
import type { ForeignRecordStore } from './foreign-records.ts';
import type { NewJob } from './new-job.ts';
import type { RuleDayStore } from './rule-days.ts';
import type { RuleStore } from './rules.ts';
import type { SumStore } from './sums.ts';
import type { RetentionStore } from './retention.ts';
import type { AlertStore, NoticeStore } from './alerts.ts';
import type { TurnStore } from './turns.ts';
import type { DeliveryStore, WebhookStore } from './webhooks.ts';

/** What is committed at once for one call. */
export interface NewLog extends StoredLog {
  /** Who shall look at it. */
  evaluators: (string | NewJob)[];
  /** Ids of the webhooks that shall be told of it; absent in spools of earlier versions. */
  webhooks?: string[];
  /** What evaluators that looked at the call while it was under way made of it; each once. */
  evaluations?: NewEvaluation[];
}

export interface NewScore extends NamedScore {
  source: ScoreSource;
  evaluator: string | null;
  evaluatorVersion: string | null;
  durationMs: number | null;
  atMs: number;
}

/** A call that has run for longer than a second, noted in case its process dies. */
export interface StartedRow {
  id: string;
  /** The process that holds the call. */
  replica: string;
  /** The log that it becomes if the process dies, as the recorder serialised it. */
  log: Uint8Array;
}

export interface LogStore {
  /**
   * Commits logs with their properties, jobs and evaluations, and attaches scores that waited for them. One that is there already is
   * passed over. (The recorder, which owns the writer, calls it without this detour.) `jobs` counts deliveries too.
   */
  add(logs: NewLog[], nowMs: number): Promise<{ inserted: number; jobs: number; attached: number }>;
  /** The newest log whose request id, own id or provider's response id this is, in that order of preference. */
  find(projectId: string, id: string): Promise<StoredLog | undefined>;
  /** Logs by their own ids, in no order; unknown ones are absent. Crosses projects: for the consumers only. */
  getMany(ids: string[]): Promise<StoredLog[]>;
  /** The own ids of the logs that share a request id, newest first, at most 100 of them; and how many there are. */
  idsByRequestId(projectId: string, requestId: string): Promise<{ ids: string[]; count: number }>;
}

export interface ScoreStore {
  /**
   * Upserts by (log, name, source): all or nothing. Where no log has the id yet, keeps them until
   * `keepUntilMs` and answers `kept`; they are attached in the transaction that commits the log.
   */
  put(projectId: string, id: string, scores: NewScore[], keepUntilMs: number): Promise<'attached' | 'kept'>;
  list(projectId: string, logId: string): Promise<Score[]>;
  /** Distinct score names of a project with their kinds, by name. */
  names(projectId: string): Promise<{ name: string; kind: string }[]>;
  evaluations(projectId: string, logId: string): Promise<EvaluationRow[]>;
  /**
   * Stores an evaluation that no job brought forth, with its scores: an upsert by (log, evaluator, version). Whether there
   * is a log of this id.
   */
  putEvaluation(projectId: string, logId: string, evaluation: NewEvaluation): Promise<boolean>;
}

/** Further jobs before one are not counted. */
export const AHEAD_COUNTED = 10_000;

/** A job of a log, as it is told to who asks what became of it. */
export interface LogJob {
  evaluator: string;
  state: JobState;
  /** How often it was claimed. */
  attempt: number;
  /** When it may be taken, or when its lease ends; null for a dead letter. */
  dueAtMs: number | null;
  /** Why it is dead, or was deferred. */
  reason: string | null;
  /** What it waits for until `dueAtMs`; null where it was not deferred. */
  deferredBy: 'budget' | null;
  /** How many pending jobs of its evaluator and project go before it, counted among the first `AHEAD_COUNTED`. */
  ahead: number;
}

export interface LeaseRequest {
  projectId: string;
  evaluator: string;
  limit: number;
  nowMs: number;
  leaseUntilMs: number;
}

/** Further jobs of a queue are not counted. */
export const QUEUED_COUNTED = 10_000;

export interface JobQueue {
  /** Those that may be taken now, counted up to `QUEUED_COUNTED`. */
  waiting: number;
  /** Those that may be taken later, and those that somebody has. */
  deferred: number;
  leased: number;
  /** The first ones that wait. */
  next: { logId: string; dueAtMs: number }[];
}

export interface Backlog {
  pending: number;
  leased: number;
  dead: number;
  /** When the oldest pending job became due. */
  oldestDueAtMs: number | null;
}

export interface JobStore {
  /**
   * Leases up to `limit` due jobs of these evaluators until `leaseUntilMs`, oldest first. Where not all can be had, evaluators and
   * projects take turns, and jobs of a higher priority go first within one evaluator and project. None of a paused evaluator.
   */
  claim(request: ClaimRequest): Promise<ClaimedJob[]>;
  /** Commits effects, each whole, not all at once; those whose lease was lost change nothing and come back in `fenced`. Counts failures: pauses.ts. */
  complete(effects: JobEffect[]): Promise<{ fenced: number }>;
  /** Leases jobs of one evaluator in one project, as `claim` does. */
  lease(request: LeaseRequest): Promise<ClaimedJob[]>;
  /** Ids of those that are still held, and so were renewed. */
  renew(jobs: ClaimedJob[], leaseUntilMs: number): Promise<number[]>;
  /** Gives leases back at once, without counting the attempt; they are due at `nowMs`. Ids of those that were still held. */
  release(jobs: ClaimedJob[], nowMs: number): Promise<number[]>;
  /** What waits for one evaluator of a project. */
  queue(projectId: string, evaluator: string, nowMs: number, next: number): Promise<JobQueue>;
  /** Names of evaluators for which jobs are pending or leased. */
  evaluators(): Promise<string[]>;
  /** The jobs of one log that are not done, by evaluator. */
  ofLog(projectId: string, logId: string): Promise<LogJob[]>;
  backlog(): Promise<Backlog>;
}

export interface Store {
  logs: LogStore;
  scores: ScoreStore;
  questions: QuestionStore & AggregateStore & SumStore;
  edits: LogEdits;
  jobs: JobStore;
  budgets: BudgetStore;
  deadLetters: DeadLetterStore;
  pauses: PauseStore;
  datasets: DatasetStore;
  definitions: DefinitionStore;
  runs: RunStore;
  keys: KeyStore;
  rules: RuleStore;
  foreign: ForeignRecordStore;
  ruleDays: RuleDayStore;
  webhooks: WebhookStore;
  deliveries: DeliveryStore;
  removals: RemovalStore;
  retention: RetentionStore;
  turns: TurnStore;
  alerts: AlertStore;
  notices: NoticeStore;
  audit: AuditStore;
  /** The secret that this installation has for a purpose: `fresh` where there was none before. */
  secret(purpose: string, fresh: Uint8Array): Promise<Uint8Array>;
  /** Resolves when a row can be written and read back; rejects with `store_unavailable`. */
  probe(nowMs: number): Promise<void>;
  close(): Promise<void>;
}

/** The project that everything belongs to where no keys exist. */
export const DEFAULT_PROJECT = { id: '00000000-0000-7000-8000-000000000000', name: 'default' } as const;

export type { JobEffect, KeyRow, KeyStore, KeyUse, LogRow, NewJob, NewKey, ScoreValue, StoredLog };
