/** The tables of webhooks and their deliveries on SQLite, and of secrets. All else: schema.ts, which also says how tables are keyed. */
import { blob, index, integer, primaryKey, real, sqliteTable, text, sql } from './drizzle.ts';

export const webhooks = sqliteTable(
  'webhooks',
  {
    /** Never given out again: rows of deliveries outlive their webhook. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: blob('id', { mode: 'buffer' }).notNull().unique(),
    project: integer('project').notNull(),
    destination: text('destination').notNull(),
    samplePercent: real('sample_percent').notNull(),
    /** JSON list of { key, value }. */
    propertyFilters: text('property_filters').notNull(),
    includeData: integer('include_data').notNull(),
    hmacKey: text('hmac_key').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    updatedAtMs: integer('updated_at_ms').notNull(),
    disabledAtMs: integer('disabled_at_ms'),
    disabledReason: text('disabled_reason'),
  },
  (table) => [index('webhooks_project').on(table.project)],
);

/** Who is to be told of which log, and what came of it. Holds nothing of the log. */
export const deliveries = sqliteTable(
  'deliveries',
  {
    webhook: integer('webhook').notNull(),
    log: integer('log').notNull(),
    state: text('state').notNull(),
    attempt: integer('attempt').notNull(),
    /** Fencing token: grows with every lease. */
    token: integer('token').notNull(),
    /** As of jobs: when it may be taken, or when its lease ends; null once it is over. */
    dueAtMs: integer('due_at_ms'),
    createdAtMs: integer('created_at_ms').notNull(),
    /** Of the last try; null before the first has ended. */
    lastAtMs: integer('last_at_ms'),
    status: integer('status'),
    error: text('error'),
    answer: text('answer'),
    durationMs: real('duration_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.webhook, table.log] }),
    index('deliveries_due')
      .on(table.webhook, table.dueAtMs)
      .where(sql`due_at_ms is not null`),
  ],
);

/** Random bytes that this installation signs with, by what they are for. */
export const secrets = sqliteTable('secrets', {
  name: text('name').primaryKey(),
  bytes: blob('bytes', { mode: 'buffer' }).notNull(),
});
