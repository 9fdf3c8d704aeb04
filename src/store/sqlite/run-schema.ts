/** The tables of runs on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { blob, index, integer, primaryKey, real, sqliteTable, text, sql } from './drizzle.ts';

export const runs = sqliteTable(
  'runs',
  {
    /** Never given out again: rows of outputs and results may outlive their run for a while. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: blob('id', { mode: 'buffer' }).notNull().unique(),
    project: integer('project').notNull(),
    /** JSON. */
    spec: text('spec').notNull(),
    state: text('state').notNull(),
    reason: text('reason'),
    outputs: integer('outputs').notNull(),
    /** How often something was posted. */
    posted: integer('posted').notNull(),
    /** Who works on it, and until when. */
    holder: text('holder'),
    heldUntilMs: integer('held_until_ms'),
    createdAtMs: integer('created_at_ms').notNull(),
    startedAtMs: integer('started_at_ms'),
    endedAtMs: integer('ended_at_ms'),
  },
  (table) => [
    index('runs_project').on(table.project),
    index('runs_open')
      .on(table.createdAtMs)
      .where(sql`ended_at_ms is null`),
  ],
);

export const runOutputs = sqliteTable(
  'run_outputs',
  {
    run: integer('run').notNull(),
    position: integer('position').notNull(),
    repetition: integer('repetition').notNull(),
    datapoint: blob('datapoint', { mode: 'buffer' }).notNull(),
    /** Own id of the log. */
    log: blob('log', { mode: 'buffer' }),
    failure: text('failure'),
    requestHash: blob('request_hash', { mode: 'buffer' }),
    costUsd: real('cost_usd'),
    durationMs: real('duration_ms'),
    atMs: integer('at_ms').notNull(),
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

export const runResults = sqliteTable(
  'run_results',
  {
    run: integer('run').notNull(),
    position: integer('position').notNull(),
    repetition: integer('repetition').notNull(),
    evaluator: text('evaluator').notNull(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    outcome: text('outcome').notNull(),
    /** Null where it has no value. */
    kind: text('kind'),
    number: real('number'),
    category: text('category'),
    reason: text('reason'),
    code: text('code'),
    durationMs: real('duration_ms'),
    costUsd: real('cost_usd'),
    atMs: integer('at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.run, table.position, table.repetition, table.evaluator, table.name] })],
);
