/**
 * The tables on SQLite. Rows refer to each other by small integers; ids that leave the store are UUIDs of 16 bytes.
 * Times are milliseconds since the epoch. Bodies are not here but in blocks (see `blocks.ts`). Tables with a composite
 * key are WITHOUT ROWID: drizzle-kit cannot say so, the migrations do. Scores and what is counted of them: score-schema.ts.
 */
import { blob, customType, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex, sql } from './drizzle.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const uuid = customType<{ data: string; driverData: Uint8Array }>({
  dataType: () => 'blob',
  toDriver: bytesOfUuid,
  fromDriver: uuidOfBytes,
});

export const projects = sqliteTable('projects', {
  seq: integer('seq').primaryKey(),
  id: uuid('id').notNull().unique(),
  name: text('name').notNull().unique(),
  createdAtMs: integer('created_at_ms').notNull(),
});

export const keys = sqliteTable('keys', {
  id: uuid('id').primaryKey(),
  project: integer('project').notNull(),
  name: text('name').notNull(),
  /** SHA-256 of the key, hex: keys are 256 random bits, so a slow hash would add nothing. */
  hash: text('hash').notNull().unique(),
  last4: text('last4').notNull(),
  scopes: text('scopes', { mode: 'json' }).notNull(),
  createdAtMs: integer('created_at_ms').notNull(),
  revokedAtMs: integer('revoked_at_ms'),
  /** To the minute. */
  lastUsedAtMs: integer('last_used_at_ms'),
});

export const logs = sqliteTable(
  'logs',
  {
    /** Order of commit. */
    seq: integer('seq').primaryKey(),
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
    startedAtMs: integer('started_at_ms').notNull(),
    firstByteMs: real('first_byte_ms'),
    firstTokenMs: real('first_token_ms'),
    durationMs: real('duration_ms').notNull(),
    inputTokens: integer('input_tokens'),
    cachedInputTokens: integer('cached_input_tokens'),
    cacheWriteTokens: integer('cache_write_tokens'),
    audioInputTokens: integer('audio_input_tokens'),
    outputTokens: integer('output_tokens'),
    reasoningTokens: integer('reasoning_tokens'),
    audioOutputTokens: integer('audio_output_tokens'),
    costUsd: real('cost_usd'),
    finishReason: text('finish_reason'),
    userId: text('user_id'),
    sessionId: text('session_id'),
    sessionName: text('session_name'),
    sessionPath: text('session_path'),
    providerResponseId: text('provider_response_id'),
    requestSize: integer('request_size').notNull(),
    responseSize: integer('response_size').notNull(),
    propertiesDropped: integer('properties_dropped').notNull(),
    parseError: text('parse_error'),
    /** JSON object of the properties, names in lower case; null for none. */
    properties: text('properties'),
    block: integer('block'),
    slot: integer('slot'),
  },
  (table) => [
    uniqueIndex('logs_id').on(table.id),
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
export const blocks = sqliteTable('blocks', {
  id: integer('id').primaryKey(),
  project: integer('project').notNull(),
  bytes: blob('bytes', { mode: 'buffer' }).notNull(),
});

/** Each name = value that a project's logs have had, once. */
export const properties = sqliteTable(
  'properties',
  {
    id: integer('id').primaryKey(),
    project: integer('project').notNull(),
    name: text('name').notNull(),
    value: text('value').notNull(),
  },
  (table) => [uniqueIndex('properties_pair').on(table.project, table.name, table.value)],
);

/** Names of properties that lists leave out. */
export const hiddenProperties = sqliteTable(
  'hidden_properties',
  { project: integer('project').notNull(), name: text('name').notNull() },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);

/** Which logs have a property: small integers, clustered as they are asked. */
export const logProperties = sqliteTable(
  'log_properties',
  {
    property: integer('property').notNull(),
    startedAtMs: integer('started_at_ms').notNull(),
    log: integer('log').notNull(),
  },
  (table) => [primaryKey({ columns: [table.property, table.startedAtMs, table.log] })],
);

/** Calls that have run for longer than a second; what a restart finds here was interrupted. */
export const started = sqliteTable('started', {
  id: uuid('id').primaryKey(),
  /** The process that holds the call. */
  replica: text('replica').notNull(),
  /** The log that it becomes if that process dies. */
  log: blob('log', { mode: 'buffer' }).notNull(),
});

export const jobs = sqliteTable(
  'jobs',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    project: integer('project').notNull(),
    log: integer('log').notNull(),
    evaluator: text('evaluator').notNull(),
    /** The evaluator's version that shall look; null: the newest when it is run. */
    version: text('version'),
    state: text('state').notNull(),
    attempt: integer('attempt').notNull(),
    /** Fencing token: grows with every lease. */
    token: integer('token').notNull(),
    /** When it may be taken: for a leased job, when its lease ends. Null for a dead letter, and for one in a lane. */
    dueAtMs: integer('due_at_ms'),
    /** Why it is dead, or was deferred. */
    reason: text('reason'),
    /** Higher goes first. */
    priority: integer('priority').notNull().default(0),
    /** Its place in its lane, for one that was set aside while more were due than could be taken. */
    laneMs: integer('lane_ms'),
    /** The rule whose budget pays for it; null: none has one. */
    paidBy: text('paid_by'),
    /** What is set aside of that budget until it is known what it cost; null while nothing is. */
    reservedUsd: real('reserved_usd'),
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
export const waitingScores = sqliteTable(
  'waiting_scores',
  {
    project: integer('project').notNull(),
    /** Whatever id the caller used. */
    logId: text('log_id').notNull(),
    name: text('name').notNull(),
    source: text('source').notNull(),
    kind: text('kind').notNull(),
    number: real('number'),
    category: text('category'),
    reason: text('reason'),
    atMs: integer('at_ms').notNull(),
    keepUntilMs: integer('keep_until_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.logId, table.name, table.source] }),
    index('waiting_scores_keep').on(table.keepUntilMs),
  ],
);

/** One row that the readiness probe writes. */
export const probe = sqliteTable('probe', { id: integer('id').primaryKey(), atMs: integer('at_ms').notNull() });
