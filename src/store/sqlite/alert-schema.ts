/** The tables of alerts on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { blob, index, integer, real, sql, sqliteTable, text, uniqueIndex } from './drizzle.ts';

export const alerts = sqliteTable(
  'alerts',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: blob('id', { mode: 'buffer' }).notNull().unique(),
    project: integer('project').notNull(),
    name: text('name').notNull(),
    /** JSON of what is watched, the condition and who is told. */
    spec: text('spec').notNull(),
    enabled: integer('enabled').notNull(),
    hmacKey: text('hmac_key').notNull(),
    managedBy: text('managed_by').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    changedAtMs: integer('changed_at_ms').notNull(),
    /** Grows with every write: a check of an older one changes nothing. */
    revision: integer('revision').notNull(),
    /** JSON of the state, since when, and what the last check found. */
    standing: text('standing').notNull(),
  },
  (table) => [uniqueIndex('alerts_name').on(table.project, table.name)],
);

/** What became of alerts, and the messages that tell of it. Holds numbers over many logs, and nothing of any one of them. */
export const alertEvents = sqliteTable(
  'alert_events',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: blob('id', { mode: 'buffer' }).notNull().unique(),
    alert: integer('alert').notNull(),
    state: text('state').notNull(),
    isRepeat: integer('is_repeat').notNull(),
    atMs: integer('at_ms').notNull(),
    /** JSON of the numbers that it was decided by. */
    finding: text('finding').notNull(),
    /** What is sent, JSON; null where nobody is told. */
    message: text('message'),
    /** As the state of deliveries; null where nobody is told. */
    delivery: text('delivery'),
    attempt: integer('attempt').notNull(),
    /** Fencing token: grows with every lease. */
    token: integer('token').notNull(),
    /** When it may be taken, or when its lease ends; null once it is over. */
    dueAtMs: integer('due_at_ms'),
    /** Of the last try; null before the first has ended. */
    lastAtMs: integer('last_at_ms'),
    status: integer('status'),
    error: text('error'),
    answer: text('answer'),
    durationMs: real('duration_ms'),
  },
  (table) => [
    index('alert_events_alert').on(table.alert, table.seq),
    index('alert_events_due')
      .on(table.dueAtMs)
      .where(sql`due_at_ms is not null`),
  ],
);
