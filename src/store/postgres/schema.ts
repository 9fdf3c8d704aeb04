/**
 * The tables on PostgreSQL: the same columns as on SQLite. What is large
 * (logs and all that hangs on them) is partitioned by the month in which the log started, so that retention drops tables. drizzle-kit
 * cannot say so, the migrations do; the month stands in the upper bits of `logs.seq` and `blocks.id`: see partitions.ts.
 */
import {
  big,
  bytea,
  doublePrecision,
  index,
  integer,
  jsonb,
  pgSequence,
  pgTable,
  primaryKey,
  sql,
  text,
  uniqueIndex,
  uuid,
} from './drizzle.ts';

/** Lower bits of the numbers of logs and blocks. */
export const numbers = pgSequence('numbers', { cache: 1 });

/**
 * Which logs there are: a unique index on a partitioned table must hold the partition's key, so that `logs.id` alone cannot
 * be unique. A log that comes twice (its commit's answer was lost) fails here.
 */
export const logIds = pgTable('log_ids', { id: uuid('id').primaryKey(), seq: big('seq').notNull() });

export const projects = pgTable('projects', {
  seq: integer('seq').primaryKey().generatedAlwaysAsIdentity(),
  id: uuid('id').notNull().unique(),
  name: text('name').notNull().unique(),
  createdAtMs: big('created_at_ms').notNull(),
});

export const keys = pgTable('keys', {
  id: uuid('id').primaryKey(),
  project: integer('project').notNull(),
  name: text('name').notNull(),
  /** SHA-256 of the key, hex: keys are 256 random bits, so a slow hash would add nothing. */
  hash: text('hash').notNull().unique(),
  last4: text('last4').notNull(),
  scopes: jsonb('scopes').notNull(),
  createdAtMs: big('created_at_ms').notNull(),
  revokedAtMs: big('revoked_at_ms'),
  /** To the minute. */
  lastUsedAtMs: big('last_used_at_ms'),
});

export const logs = pgTable(
  'logs',
  {
    /** The month, then the order of commit. */
    seq: big('seq').primaryKey(),
    id: uuid('id').notNull(),
    project: integer('project').notNull(),
    /** Null where it is the id itself. */
    requestId: uuid('request_id'),
    upstream: text('upstream').notNull(),
    provider: text('provider').notNull(),
    target: text('target').notNull(),
    method: text('method').notNull(),
    path: text('path').notNull(),
    /** The three models; asked and answered are null where they equal `model`, which saves their bytes. */
    model: text('model'),
    modelAsked: text('model_asked'),
    modelAnswered: text('model_answered'),
    /** Bits: see `flags.ts`. */
    flags: integer('flags').notNull(),
    status: integer('status'),
    errorCode: text('error_code'),
    ending: text('ending').notNull(),
    startedAtMs: big('started_at_ms').notNull(),
    firstByteMs: doublePrecision('first_byte_ms'),
    firstTokenMs: doublePrecision('first_token_ms'),
    durationMs: doublePrecision('duration_ms').notNull(),
    inputTokens: big('input_tokens'),
    cachedInputTokens: big('cached_input_tokens'),
    cacheWriteTokens: big('cache_write_tokens'),
    audioInputTokens: big('audio_input_tokens'),
    outputTokens: big('output_tokens'),
    reasoningTokens: big('reasoning_tokens'),
    audioOutputTokens: big('audio_output_tokens'),
    costUsd: doublePrecision('cost_usd'),
    finishReason: text('finish_reason'),
    userId: text('user_id'),
    sessionId: text('session_id'),
    sessionName: text('session_name'),
    sessionPath: text('session_path'),
    providerResponseId: text('provider_response_id'),
    requestSize: big('request_size').notNull(),
    responseSize: big('response_size').notNull(),
    propertiesDropped: integer('properties_dropped').notNull(),
    parseError: text('parse_error'),
    /** JSON object of the properties, names in lower case; null for none. */
    properties: text('properties'),
    block: big('block'),
    slot: integer('slot'),
  },
  (table) => [
    index('logs_id').on(table.id),
    index('logs_request_id')
      .on(table.requestId)
      .where(sql`request_id is not null`),
    index('logs_provider_response_id')
      .on(table.providerResponseId)
      .where(sql`provider_response_id is not null`),
    index('logs_started').on(table.project, table.startedAtMs),
    index('logs_user')
      .on(table.project, table.userId, table.startedAtMs)
      .where(sql`user_id is not null`),
    index('logs_session')
      .on(table.project, table.sessionId, table.startedAtMs)
      .where(sql`session_id is not null`),
  ],
);

/** Bodies and headers of up to 64 logs, compressed together. */
export const blocks = pgTable('blocks', {
  id: big('id').primaryKey(),
  project: integer('project').notNull(),
  bytes: bytea('bytes').notNull(),
});

/** Each name = value that a project's logs have had, once. */
export const properties = pgTable(
  'properties',
  {
    id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
    project: integer('project').notNull(),
    name: text('name').notNull(),
    value: text('value').notNull(),
  },
  (table) => [
    // Hashed: an index entry has at most 2,704 bytes.
    uniqueIndex('properties_pair').on(table.project, table.name, sql`md5(${table.value})`),
  ],
);

/** Names of properties that lists leave out. */
export const hiddenProperties = pgTable(
  'hidden_properties',
  { project: integer('project').notNull(), name: text('name').notNull() },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);

/** Which logs have a property: small integers, clustered as they are asked. */
export const logProperties = pgTable(
  'log_properties',
  {
    property: integer('property').notNull(),
    startedAtMs: big('started_at_ms').notNull(),
    log: big('log').notNull(),
  },
  (table) => [primaryKey({ columns: [table.property, table.startedAtMs, table.log] })],
);

/** Calls that have run for longer than a second; what a restart finds here was interrupted. */
export const started = pgTable('started', {
  id: uuid('id').primaryKey(),
  /** The process that holds the call. */
  replica: text('replica').notNull(),
  /** The log that it becomes if that process dies. */
  log: bytea('log').notNull(),
});

export const jobs = pgTable(
  'jobs',
  {
    id: big('id').primaryKey().generatedAlwaysAsIdentity(),
    project: integer('project').notNull(),
    log: big('log').notNull(),
    evaluator: text('evaluator').notNull(),
    /** The evaluator's version that shall look; null: the newest when it is run. */
    version: text('version'),
    state: text('state').notNull(),
    attempt: integer('attempt').notNull(),
    /** Fencing token: grows with every lease. */
    token: integer('token').notNull(),
    /** When it may be taken: for a leased job, when its lease ends. Null for a dead letter, and for one in a lane. */
    dueAtMs: big('due_at_ms'),
    /** Why it is dead, or was deferred. */
    reason: text('reason'),
    /** Higher goes first. */
    priority: integer('priority').notNull().default(0),
    /** Its place in its lane, for one that was set aside while more were due than could be taken. */
    laneMs: big('lane_ms'),
    /** The rule whose budget pays for it; null: none has one. */
    paidBy: text('paid_by'),
    /** What is set aside of that budget until it is known what it cost; null while nothing is. */
    reservedUsd: doublePrecision('reserved_usd'),
    /** What it waits for, where it was not run for that reason; null once it is taken. */
    deferredBy: text('deferred_by'),
  },
  (table) => [
    index('jobs_due')
      .on(table.dueAtMs)
      .where(sql`due_at_ms is not null`),
    // Of those that were set aside alone: a log that comes in writes nothing here.
    index('jobs_lanes')
      .on(table.evaluator, table.project, table.laneMs)
      .where(sql`lane_ms is not null`),
    // Of what is under way, and of what was deferred: few, and none that just came in.
    index('jobs_reserved')
      .on(table.project, table.paidBy)
      .where(sql`reserved_usd is not null`),
    index('jobs_deferred')
      .on(table.project, table.paidBy)
      .where(sql`deferred_by = 'budget'`),
    // For those who remove logs.
    index('jobs_log').on(table.log),
  ],
);

/** Scores for logs that are not there yet. */
export const waitingScores = pgTable(
  'waiting_scores',
  {
    project: integer('project').notNull(),
    /** Whatever id the caller used. */
    logId: text('log_id').notNull(),
    name: text('name').notNull(),
    source: text('source').notNull(),
    kind: text('kind').notNull(),
    number: doublePrecision('number'),
    category: text('category'),
    reason: text('reason'),
    atMs: big('at_ms').notNull(),
    keepUntilMs: big('keep_until_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.logId, table.name, table.source] }),
    index('waiting_scores_keep').on(table.keepUntilMs),
  ],
);

/** One row that the readiness probe writes. */
export const probe = pgTable('probe', { id: integer('id').primaryKey(), atMs: big('at_ms').notNull() });
