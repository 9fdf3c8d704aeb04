/** The table of what rules with a budget have spent, on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { integer, primaryKey, real, sqliteTable, text } from './drizzle.ts';

export const spendings = sqliteTable(
  'spendings',
  {
    project: integer('project').notNull(),
    rule: text('rule').notNull(),
    /** When the day begins, UTC. */
    dayMs: integer('day_ms').notNull(),
    spentUsd: real('spent_usd').notNull(),
    /** Evaluations that were paid for. */
    evaluations: integer('evaluations').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.rule, table.dayMs] })],
);
