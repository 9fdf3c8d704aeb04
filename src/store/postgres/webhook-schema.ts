/** The tables of webhooks, deliveries and secrets on PostgreSQL, as webhook-schema.ts of SQLite has them. */
import { big, bytea, doublePrecision, index, integer, jsonb, pgTable, primaryKey, sql, text, uuid } from './drizzle.ts';

export const webhooks = pgTable(
  'webhooks',
  {
    seq: integer('seq').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    project: integer('project').notNull(),
    destination: text('destination').notNull(),
    samplePercent: doublePrecision('sample_percent').notNull(),
    propertyFilters: jsonb('property_filters').notNull(),
    includeData: integer('include_data').notNull(),
    hmacKey: text('hmac_key').notNull(),
    createdAtMs: big('created_at_ms').notNull(),
    updatedAtMs: big('updated_at_ms').notNull(),
    disabledAtMs: big('disabled_at_ms'),
    disabledReason: text('disabled_reason'),
  },
  (table) => [index('webhooks_project').on(table.project)],
);

export const deliveries = pgTable(
  'deliveries',
  {
    webhook: integer('webhook').notNull(),
    log: big('log').notNull(),
    state: text('state').notNull(),
    attempt: integer('attempt').notNull(),
    token: integer('token').notNull(),
    dueAtMs: big('due_at_ms'),
    createdAtMs: big('created_at_ms').notNull(),
    lastAtMs: big('last_at_ms'),
    status: integer('status'),
    error: text('error'),
    answer: text('answer'),
    durationMs: doublePrecision('duration_ms'),
  },
  (table) => [
    primaryKey({ columns: [table.webhook, table.log] }),
    index('deliveries_due')
      .on(table.webhook, table.dueAtMs)
      .where(sql`due_at_ms is not null`),
  ],
);

export const secrets = pgTable('secrets', {
  name: text('name').primaryKey(),
  bytes: bytea('bytes').notNull(),
});
