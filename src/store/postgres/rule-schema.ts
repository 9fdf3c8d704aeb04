/** The tables of rules on PostgreSQL, as rule-schema.ts of SQLite has them. */
import { big, integer, pgTable, primaryKey, text } from './drizzle.ts';

export const rules = pgTable(
  'rules',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    spec: text('spec').notNull(),
    createdAtMs: big('created_at_ms').notNull(),
    changedAtMs: big('changed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);
