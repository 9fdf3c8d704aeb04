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

export const ruleDays = pgTable(
  'rule_days',
  {
    project: integer('project').notNull(),
    rule: text('rule').notNull(),
    stratum: text('stratum').notNull(),
    /** As 2026-01-31, in the rule's zone. */
    date: text('date').notNull(),
    matched: big('matched').notNull(),
    taken: integer('taken').notNull(),
    firstMs: big('first_ms'),
    usedUpAtMs: big('used_up_at_ms'),
    changedAtMs: big('changed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.rule, table.stratum, table.date] })],
);
