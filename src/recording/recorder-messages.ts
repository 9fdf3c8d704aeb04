/** What the recorder and its thread say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Evaluator } from '../model/evaluator.ts';
import type { Rule } from '../model/rule.ts';
import type { WebhookRule } from '../model/webhook.ts';
import type { StartedExchange } from '../model/exchange.ts';
import type { DatabaseLocation } from '../store/open.ts';
import type { Batch } from './batch.ts';
import type { RedactionSettings } from './redaction/rules.ts';

export interface RecorderThreadData {
  location: DatabaseLocation;
  /** Names this process among those that share the database. */
  replica: string;
  spoolFileBytes: number;
  spoolMemoryBytes: number;
  redaction: RedactionSettings;
}

export type ToThread =
  | { batch: Batch }
  | { started: StartedExchange }
  | { recover: Evaluator[] }
  | { evaluators: Evaluator[] }
  | { rules: Rule[] }
  | { webhooks: WebhookRule[] }
  | { port: MessagePort }
  | { finishCheckpoint: true }
  | { close: true };

/** What the thread reports after every batch and whenever it changes. */
export interface RecorderState {
  /** Where logs go now. */
  place: 'store' | 'file' | 'memory' | 'dropped';
  /** Why, while they do not go to the store. */
  reason: string | null;
  spoolBytes: number;
  /** Logs that are in the spool now. */
  waiting: number;
  stored: number;
  spooled: number;
  dropped: number;
  /** Logs that the store refused for what they hold; kept in the file beside it. */
  rejected: number;
  attachedScores: number;
}

export type FromThread =
  | { ready: true }
  | { recovered: true }
  | { failure: { code: string; message: string } }
  | { safe: number; logs: number; state: RecorderState }
  | { state: RecorderState }
  | { jobs: true };
