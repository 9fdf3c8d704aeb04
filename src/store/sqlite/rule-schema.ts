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

/** What came of the days of rules that look at so many logs a day: see ../rule-days.ts. */
export const ruleDays = sqliteTable(
  'rule_days',
  {
    project: integer('project').notNull(),
    rule: text('rule').notNull(),
    stratum: text('stratum').notNull(),
    /** As 2026-01-31, in the rule's zone. */
    date: text('date').notNull(),
    matched: integer('matched').notNull(),
    taken: integer('taken').notNull(),
    firstMs: integer('first_ms'),
    usedUpAtMs: integer('used_up_at_ms'),
    changedAtMs: integer('changed_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.rule, table.stratum, table.date] })],
);
