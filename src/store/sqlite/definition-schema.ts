/** The tables of evaluators that are no files, on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { integer, primaryKey, sqliteTable, text } from './drizzle.ts';

/** What can change of an evaluator. One that was deleted keeps its row: its scores name its versions, and its next one counts on. */
export const evaluators = sqliteTable(
  'evaluators',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    /** The newest version. */
    newest: integer('newest').notNull(),
    managedBy: text('managed_by').notNull(),
    /** JSON of the rule by which it looks at live logs; null where it looks at none. */
    online: text('online'),
    createdAtMs: integer('created_at_ms').notNull(),
    changedAtMs: integer('changed_at_ms').notNull(),
    deletedAtMs: integer('deleted_at_ms'),
    /** What becomes of the jobs that waited for it when it was deleted. */
    waiting: text('waiting'),
  },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);

/** Versions, which never change. */
export const definitions = sqliteTable(
  'definitions',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    version: integer('version').notNull(),
    /** JSON of the definition. */
    spec: text('spec').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.name, table.version] })],
);

/** How often something that processes remember was changed, by what it is: they read it again when this number is another. */
export const revisions = sqliteTable('revisions', {
  what: text('what').primaryKey(),
  number: integer('number').notNull(),
});
