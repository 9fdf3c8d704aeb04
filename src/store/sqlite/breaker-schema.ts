/** The table of evaluators that fail or are paused, on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { integer, primaryKey, sqliteTable, text } from './drizzle.ts';

/** Only of those that failed last, or are paused. */
export const breakers = sqliteTable(
  'breakers',
  {
    project: integer('project').notNull(),
    evaluator: text('evaluator').notNull(),
    /** In a row. */
    failures: integer('failures').notNull(),
    /** Null while it runs. */
    pausedAtMs: integer('paused_at_ms'),
    cause: text('cause'),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.project, table.evaluator] })],
);
