/**
 * Alerts, what became of them, and the messages that tell of it, as families of the store. An alert's standing, the event that it
 * led to and the message of that are committed together, so that nothing is told twice or not at all.
 */
import type { Alert, AlertEvent, AlertSpec, Finding, Standing } from '../model/alert.ts';
import { unchecked } from '../model/alert.ts';
import type { Attempt, DeliveryState } from '../model/delivery.ts';

export interface PutAlert {
  /** Of a new one; one that is there keeps its own. */
  id: string;
  hmacKey: string;
  managedBy: Alert['managedBy'];
  /** Alerts that a project may have. */
  most: number;
  nowMs: number;
}

/** Refused where `gradeway.yaml` has the name, or there are too many. */
export type Put = { isNew: boolean } | { refused: 'managed' | 'full' };

/** What a check came to. */
export interface Settlement {
  alertId: string;
  /** Of the alert that was checked. */
  revision: number;
  standing: Standing;
  event: AlertEvent | undefined;
}

/** An event as it is listed, with what became of its message. */
export interface AlertRecord extends Omit<AlertEvent, 'message'> {
  /** Null where nobody was to be told. */
  delivery: {
    state: DeliveryState;
    attempts: number;
    /** Null before the first try has ended. */
    last: (Attempt & { atMs: number }) | null;
    /** Null where there is no next try. */
    nextAttemptAtMs: number | null;
  } | null;
}

export interface AlertStore {
  /** Of all projects, those that are enabled: for whoever checks them. */
  enabled(): Promise<Alert[]>;
  /** Of one project, by name. */
  list(projectId: string): Promise<Alert[]>;
  find(projectId: string, name: string): Promise<Alert | undefined>;
  /**
   * Adds it, or changes the one of its name: then it is unchecked again, unless nothing is different. What `gradeway.yaml` defines
   * replaces what the API did.
   */
  put(projectId: string, spec: AlertSpec, options: PutAlert): Promise<Put>;
  /** With its events. Whether there was such an alert, managed by the same. */
  remove(projectId: string, name: string, managedBy: Alert['managedBy']): Promise<boolean>;
  /** Commits what checks came to, each whole; of those whose alert was changed or checked meanwhile nothing. How many were. */
  settle(settlements: Settlement[]): Promise<number>;
  /** Newest first, from after `cursor` on; undefined where there is no such alert. `next` is null on the last page. */
  history(
    projectId: string,
    name: string,
    page: { limit: number; cursor: number | null },
  ): Promise<{ records: AlertRecord[]; next: number | null } | undefined>;
  /** Removes up to `limit` events that are older than that, and of each alert all but the newest `keep`; answers how many. */
  sweep(beforeMs: number, keep: number, limit: number): Promise<number>;
}

/** A message to be sent, under a lease. */
export interface ClaimedNotice {
  /** The event's, the same for every try. */
  id: string;
  alertId: string;
  destination: string;
  hmacKey: string;
  body: string;
  /** 1 for the first try. */
  attempt: number;
  /** Fencing token of this lease. */
  token: number;
}

/** What a try came to. Neither `retryAtMs` nor `dead`: it was delivered. */
export interface NoticeEffect {
  job: ClaimedNotice;
  atMs: number;
  /** Undefined where it was not tried, only put off. */
  attempt: Attempt | undefined;
  retryAtMs: number | undefined;
  /** False where it was not tried: the next claim then has the same `attempt` as this one. */
  countsAttempt?: false;
  dead: boolean;
}

export interface NoticeStore {
  /**
   * Leases due messages, oldest first. One that a later message of its alert has overtaken while it was tried again is not sent any
   * more: who hears late that an alert fires would believe that it still does.
   */
  claim(request: { limit: number; nowMs: number; leaseUntilMs: number }): Promise<ClaimedNotice[]>;
  /** Commits effects; those whose lease was lost change nothing and come back in `fenced`. */
  complete(effects: NoticeEffect[]): Promise<{ fenced: number }>;
  renew(notices: ClaimedNotice[], leaseUntilMs: number): Promise<void>;
  /** Gives leases back at once, without counting the attempt; they are due at `nowMs`. */
  release(notices: ClaimedNotice[], nowMs: number): Promise<void>;
}

/** A row of alerts, as both engines read it. */
export interface AlertRow {
  id: string;
  projectId: string;
  spec: string;
  hmacKey: string;
  managedBy: Alert['managedBy'];
  createdAtMs: number;
  changedAtMs: number;
  revision: number;
  standing: string;
}

export function alertOf(row: AlertRow): Alert {
  return { ...row, spec: JSON.parse(row.spec) as AlertSpec, standing: JSON.parse(row.standing) as Standing };
}

export type Before = Pick<AlertRow, 'spec' | 'managedBy' | 'standing'>;

export interface PutPlan {
  spec: string;
  standing: string;
  isNew: boolean;
  /** Whether anything is different afterwards. */
  isChange: boolean;
}

/** What is to be written for an alert, on every engine. `count`: alerts that the project has. */
export function planPut(
  before: Before | undefined,
  count: number,
  given: AlertSpec,
  { managedBy, most, nowMs }: Pick<PutAlert, 'managedBy' | 'most' | 'nowMs'>,
): PutPlan | Extract<Put, { refused: unknown }> {
  if (before?.managedBy === 'config' && managedBy === 'api') return { refused: 'managed' };
  if (before === undefined && count >= most) return { refused: 'full' };
  const spec = JSON.stringify(given);
  const isChange = before?.spec !== spec || before.managedBy !== managedBy;
  const standing = unchecked(nowMs, before && (JSON.parse(before.standing) as Standing));
  return { spec, standing: JSON.stringify(standing), isNew: before === undefined, isChange };
}

/** A row of events, as both engines read it. */
export interface EventRow {
  seq: number;
  id: string;
  alertId: string;
  state: AlertEvent['state'];
  isRepeat: number;
  atMs: number;
  finding: string;
  delivery: DeliveryState | null;
  attempt: number;
  dueAtMs: number | null;
  lastAtMs: number | null;
  status: number | null;
  error: string | null;
  answer: string | null;
  durationMs: number | null;
}

export function recordOf(row: EventRow): AlertRecord {
  const { id, alertId, state, atMs, status, error, answer, lastAtMs } = row;
  const last = lastAtMs === null ? null : { atMs: lastAtMs, status, error, answer, durationMs: row.durationMs ?? 0 };
  return {
    id,
    alertId,
    state,
    isRepeat: row.isRepeat === 1,
    atMs,
    finding: JSON.parse(row.finding) as Finding,
    delivery: row.delivery && {
      state: row.delivery,
      attempts: row.attempt,
      last,
      nextAttemptAtMs: row.delivery === 'pending' ? row.dueAtMs : null,
    },
  };
}

/** The error of a message that is not sent any more. */
export const OVERTAKEN = 'A later message of the alert has overtaken it.';

/** Where a message stands after a try. */
export function deliveryAfter({ dead, retryAtMs }: NoticeEffect): { state: DeliveryState; dueAtMs: number | null } {
  if (dead) return { state: 'dead', dueAtMs: null };
  return retryAtMs === undefined ? { state: 'delivered', dueAtMs: null } : { state: 'pending', dueAtMs: retryAtMs };
}
