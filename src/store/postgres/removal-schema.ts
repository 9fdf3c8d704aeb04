/** The tables of removals on PostgreSQL, as removal-schema.ts of SQLite has them. */
import { big, index, integer, jsonb, pgTable, text, uuid } from './drizzle.ts';

export const removals = pgTable('removals', {
  id: big('id').primaryKey().generatedAlwaysAsIdentity(),
  first: big('first').notNull(),
  last: big('last').notNull(),
});

/** How often names and values were removed: who remembers ids finds out. One row, or none. */
export const removedNames = pgTable('removed_names', {
  id: integer('id').primaryKey(),
  times: big('times').notNull(),
});

export const audit = pgTable(
  'audit',
  {
    seq: big('seq').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    atMs: big('at_ms').notNull(),
    project: integer('project').notNull(),
    actor: text('actor').notNull(),
    key: uuid('key'),
    action: text('action').notNull(),
    target: text('target'),
    count: big('count').notNull(),
    details: jsonb('details'),
  },
  (table) => [index('audit_project').on(table.project, table.seq)],
);

export const projectSettings = pgTable('project_settings', {
  project: integer('project').primaryKey(),
  bodyDays: integer('body_days'),
  logDays: integer('log_days'),
});

export const turns = pgTable('turns', {
  name: text('name').primaryKey(),
  dueAtMs: big('due_at_ms').notNull(),
  holder: text('holder').notNull(),
  leaseUntilMs: big('lease_until_ms').notNull(),
});
