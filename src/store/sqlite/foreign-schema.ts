/** The table of foreign records on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { index, integer, primaryKey, sqliteTable, text, uniqueIndex } from './drizzle.ts';

export const foreignRecords = sqliteTable(
  'foreign_records',
  {
    project: integer('project').notNull(),
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    parent: text('parent'),
    key: text('key'),
    /** JSON. */
    spec: text('spec').notNull(),
    revision: integer('revision').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    changedAtMs: integer('changed_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.kind, table.id] }),
    uniqueIndex('foreign_records_key').on(table.project, table.kind, table.key),
    index('foreign_records_parent').on(table.project, table.parent, table.kind),
  ],
);
