/** The tables of alerts on PostgreSQL, as alert-schema.ts of SQLite has them. */
import { big, doublePrecision, index, integer, pgTable, sql, text, uniqueIndex, uuid } from './drizzle.ts';

export const alerts = pgTable(
  'alerts',
  {
    seq: integer('seq').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    project: integer('project').notNull(),
    name: text('name').notNull(),
    spec: text('spec').notNull(),
    enabled: integer('enabled').notNull(),
    hmacKey: text('hmac_key').notNull(),
    managedBy: text('managed_by').notNull(),
    createdAtMs: big('created_at_ms').notNull(),
    changedAtMs: big('changed_at_ms').notNull(),
    revision: big('revision').notNull(),
    standing: text('standing').notNull(),
  },
  (table) => [uniqueIndex('alerts_name').on(table.project, table.name)],
);

export const alertEvents = pgTable(
  'alert_events',
  {
    seq: big('seq').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    alert: integer('alert').notNull(),
    state: text('state').notNull(),
    isRepeat: integer('is_repeat').notNull(),
    atMs: big('at_ms').notNull(),
    finding: text('finding').notNull(),
    message: text('message'),
    delivery: text('delivery'),
    attempt: integer('attempt').notNull(),
    token: integer('token').notNull(),
    dueAtMs: big('due_at_ms'),
    lastAtMs: big('last_at_ms'),
    status: integer('status'),
    error: text('error'),
    answer: text('answer'),
    durationMs: doublePrecision('duration_ms'),
  },
  (table) => [
    index('alert_events_alert').on(table.alert, table.seq),
    index('alert_events_due')
      .on(table.dueAtMs)
      .where(sql`due_at_ms is not null`),
  ],
);
