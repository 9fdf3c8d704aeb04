/** The table of evaluators that fail or are paused, on PostgreSQL, as breaker-schema.ts of SQLite has it. */
import { big, integer, pgTable, primaryKey, text } from './drizzle.ts';

export const breakers = pgTable(
  'breakers',
  {
    project: integer('project').notNull(),
    evaluator: text('evaluator').notNull(),
    failures: integer('failures').notNull(),
    pausedAtMs: big('paused_at_ms'),
    cause: text('cause'),
    reason: text('reason'),
  },
  (table) => [primaryKey({ columns: [table.project, table.evaluator] })],
);
