/** The tables of rules on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { integer, primaryKey, sqliteTable, text } from './drizzle.ts';

export const rules = sqliteTable(
  'rules',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    /** JSON, as `ruleSpecSchema` has it. */
    spec: text('spec').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
    changedAtMs: integer('changed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);
