/** The tables of evaluators that are no files on PostgreSQL, as definition-schema.ts of SQLite has them. */
import { big, integer, pgTable, primaryKey, text } from './drizzle.ts';

export const evaluators = pgTable(
  'evaluators',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    newest: integer('newest').notNull(),
    managedBy: text('managed_by').notNull(),
    online: text('online'),
    createdAtMs: big('created_at_ms').notNull(),
    changedAtMs: big('changed_at_ms').notNull(),
    deletedAtMs: big('deleted_at_ms'),
    waiting: text('waiting'),
  },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);

export const definitions = pgTable(
  'definitions',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    spec: text('spec').notNull(),
    createdAtMs: big('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.name, table.version] })],
);

export const revisions = pgTable('revisions', {
  what: text('what').primaryKey(),
  number: big('number').notNull(),
});
