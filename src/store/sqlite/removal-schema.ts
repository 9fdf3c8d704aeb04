/** The tables of removals on SQLite: what is to be removed and when, and what has been. All else: schema.ts. */
import { blob, index, integer, sqliteTable, text } from './drizzle.ts';

/** Runs of logs whose bodies are gone, or all of them: the word index and the write-ahead log follow. */
export const removals = sqliteTable(
  'removals',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    first: integer('first').notNull(),
    last: integer('last').notNull(),
  },
  // Where numbers of logs go on: one that the word index has seen is never given again.
  (table) => [index('removals_last').on(table.last)],
);

/** Who has done what, and how often: rows are added, and grow while their act goes on. Nothing here says what logs held. */
export const audit = sqliteTable(
  'audit',
  {
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    /** Of the act: what it does in several transactions is counted on one row. */
    id: blob('id', { mode: 'buffer' }).notNull().unique(),
    atMs: integer('at_ms').notNull(),
    project: integer('project').notNull(),
    /** 'key', with the id of the key; 'local', where no keys exist; 'command'; 'retention'. */
    actor: text('actor').notNull(),
    key: blob('key', { mode: 'buffer' }),
    action: text('action').notNull(),
    /** Id of the log or the key that it was done to, where it was one. */
    target: text('target'),
    count: integer('count').notNull(),
    /** JSON of what else is to be known. */
    details: text('details'),
  },
  (table) => [index('audit_project').on(table.project, table.seq)],
);

/** What a project has settled for itself; null where the settings of the gateway hold. */
export const projectSettings = sqliteTable('project_settings', {
  project: integer('project').primaryKey(),
  /** Days; 0 is for ever. */
  bodyDays: integer('body_days'),
  logDays: integer('log_days'),
});

/** Work that is due every so often, and is done by one process at a time. */
export const turns = sqliteTable('turns', {
  name: text('name').primaryKey(),
  dueAtMs: integer('due_at_ms').notNull(),
  holder: text('holder').notNull(),
  /** When others may take it, whatever became of the holder. */
  leaseUntilMs: integer('lease_until_ms').notNull(),
});
