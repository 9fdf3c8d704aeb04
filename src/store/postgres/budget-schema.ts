/** The table of what rules with a budget have spent, on PostgreSQL, as budget-schema.ts of SQLite has it. */
import { big, doublePrecision, integer, pgTable, primaryKey, text } from './drizzle.ts';

export const spendings = pgTable(
  'spendings',
  {
    project: integer('project').notNull(),
    rule: text('rule').notNull(),
    dayMs: big('day_ms').notNull(),
    spentUsd: doublePrecision('spent_usd').notNull(),
    evaluations: integer('evaluations').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.rule, table.dayMs] })],
);
