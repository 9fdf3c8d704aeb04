/** The table of foreign records on PostgreSQL, as foreign-schema.ts of SQLite has it. */
import { big, index, integer, pgTable, primaryKey, text, uniqueIndex } from './drizzle.ts';

export const foreignRecords = pgTable(
  'foreign_records',
  {
    project: integer('project').notNull(),
    kind: text('kind').notNull(),
    id: text('id').notNull(),
    parent: text('parent'),
    key: text('key'),
    spec: text('spec').notNull(),
    revision: integer('revision').notNull(),
    createdAtMs: big('created_at_ms').notNull(),
    changedAtMs: big('changed_at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.project, table.kind, table.id] }),
    uniqueIndex('foreign_records_key').on(table.project, table.kind, table.key),
    index('foreign_records_parent').on(table.project, table.parent, table.kind),
  ],
);
