/** The tables of runs on PostgreSQL, as run-schema.ts of SQLite has them. */
import { big, bytea, doublePrecision, index, integer, pgTable, primaryKey, sql, text, uuid } from './drizzle.ts';

export const runs = pgTable(
  'runs',
  {
    seq: integer('seq').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    project: integer('project').notNull(),
    /** JSON as text: jsonb takes neither NUL nor lone surrogates. */
    spec: text('spec').notNull(),
    state: text('state').notNull(),
    reason: text('reason'),
    outputs: integer('outputs').notNull(),
    posted: integer('posted').notNull(),
    holder: text('holder'),
    heldUntilMs: big('held_until_ms'),
    createdAtMs: big('created_at_ms').notNull(),
    startedAtMs: big('started_at_ms'),
    endedAtMs: big('ended_at_ms'),
  },
  (table) => [
    index('runs_project').on(table.project),
    index('runs_open')
      .on(table.createdAtMs)
      .where(sql`ended_at_ms is null`),
  ],
);

export const runOutputs = pgTable(
  'run_outputs',
  {
    run: integer('run').notNull(),
    position: integer('position').notNull(),
    repetition: integer('repetition').notNull(),
    datapoint: uuid('datapoint').notNull(),
    log: uuid('log'),
    failure: text('failure'),
    requestHash: bytea('request_hash'),
    costUsd: doublePrecision('cost_usd'),
    durationMs: doublePrecision('duration_ms'),
    atMs: big('at_ms').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.run, table.position, table.repetition] }),
    index('run_outputs_hash')
      .on(table.requestHash)
      .where(sql`request_hash is not null`),
    index('run_outputs_datapoint').on(table.run, table.datapoint),
    index('run_outputs_log')
      .on(table.log)
      .where(sql`log is not null`),
  ],
);

export const runResults = pgTable(
  'run_results',
  {
    run: integer('run').notNull(),
    position: integer('position').notNull(),
    repetition: integer('repetition').notNull(),
    evaluator: text('evaluator').notNull(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    outcome: text('outcome').notNull(),
    kind: text('kind'),
    number: doublePrecision('number'),
    category: text('category'),
    reason: text('reason'),
    code: text('code'),
    durationMs: doublePrecision('duration_ms'),
    costUsd: doublePrecision('cost_usd'),
    atMs: big('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.position, table.repetition, table.evaluator, table.name] })],
);
