/**
 * The tables of scores on SQLite: what evaluators, clients and people said of logs, and what charts are drawn from. Names that
 * repeat with every score are interned. Logs and all else: schema.ts, which also says how tables are keyed.
 */
import { blob, index, integer, primaryKey, real, sqliteTable, text, uniqueIndex, sql } from './drizzle.ts';

/** Whatever is measured of a project's logs, once: a name and the kind of its values. */
export const measures = sqliteTable(
  'measures',
  {
    id: integer('id').primaryKey(),
    project: integer('project').notNull(),
    /** 'score'; 'log', for what every log has by itself; 'outcomes', for how an evaluator's looks ended. */
    what: text('what').notNull(),
    name: text('name').notNull(),
    /** number, boolean or category. */
    kind: text('kind').notNull(),
  },
  (table) => [uniqueIndex('measures_name').on(table.project, table.what, table.name, table.kind)],
);

/** Who gives scores. Evaluator and version are empty where no evaluator did. */
export const origins = sqliteTable(
  'origins',
  {
    id: integer('id').primaryKey(),
    project: integer('project').notNull(),
    source: text('source').notNull(),
    evaluator: text('evaluator').notNull(),
    version: text('version').notNull(),
  },
  (table) => [uniqueIndex('origins_who').on(table.project, table.source, table.evaluator, table.version)],
);

export const scores = sqliteTable(
  'scores',
  {
    log: integer('log').notNull(),
    measure: integer('measure').notNull(),
    origin: integer('origin').notNull(),
    /** Numbers; booleans as 1 and 0. */
    number: real('number'),
    category: text('category'),
    reason: text('reason'),
    durationMs: real('duration_ms'),
    atMs: integer('at_ms').notNull(),
    /** 1 where another version of the evaluator has scored the log since: kept, and asked for by nobody. */
    superseded: integer('superseded').notNull(),
  },
  (table) => [
    primaryKey({ columns: [table.log, table.measure, table.origin] }),
    index('scores_number')
      .on(table.measure, table.number)
      .where(sql`number is not null and superseded = 0`),
    index('scores_category')
      .on(table.measure, table.category)
      .where(sql`category is not null and superseded = 0`),
    // Few: with the other two it tells whether a name is still in use.
    index('scores_superseded')
      .on(table.measure)
      .where(sql`superseded = 1`),
  ],
);

/** The last outcome of each evaluator version on a log. */
export const evaluations = sqliteTable(
  'evaluations',
  {
    log: integer('log').notNull(),
    evaluator: text('evaluator').notNull(),
    evaluatorVersion: text('evaluator_version').notNull(),
    outcome: text('outcome').notNull(),
    code: text('code'),
    reason: text('reason'),
    printed: text('printed').notNull(),
    durationMs: real('duration_ms').notNull(),
    attempt: integer('attempt').notNull(),
    atMs: integer('at_ms').notNull(),
    /** The person or the worker that looked, where it was none of ours. */
    givenBy: text('given_by'),
    /** 1 where another version of the evaluator has looked at the log since. */
    superseded: integer('superseded').notNull().default(0),
  },
  (table) => [
    primaryKey({ columns: [table.log, table.evaluator, table.evaluatorVersion] }),
    // Most looks end in scores; what is looked for are the others.
    index('evaluations_unscored')
      .on(table.evaluator, table.outcome)
      .where(sql`outcome <> 'scored' and superseded = 0`),
  ],
);

/**
 * What landed and has not been folded into rollups yet, and what landed in the last seconds. Written in the transaction of
 * the rows that it tells of: a log by itself, a score or an outcome with its old and its new value, null for none.
 */
export const changes = sqliteTable('changes', {
  // Grows for ever: who watches asks for what is behind the last one that it has seen.
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  project: integer('project').notNull(),
  log: integer('log').notNull(),
  /** 'log', 'score' or 'evaluation'. */
  what: text('what').notNull(),
  /** The score; the evaluator's outcomes. Null for a log. */
  measure: integer('measure'),
  origin: integer('origin'),
  oldNumber: real('old_number'),
  oldCategory: text('old_category'),
  newNumber: real('new_number'),
  newCategory: text('new_category'),
  atMs: integer('at_ms').notNull(),
});

/** Up to which change rollups are complete: one row, or none. */
export const folded = sqliteTable('folded', {
  id: integer('id').primaryKey(),
  seq: integer('seq').notNull(),
  /** How often rollups were written: who folds finds out whether somebody else has written meanwhile. */
  edits: integer('edits').notNull().default(0),
});

/**
 * Numbers of a whole hour of logs that have a property; `pair` 0 are all logs of the project. The hours of past days stand together
 * in day_rollups, and no longer here.
 */
export const rollups = sqliteTable(
  'rollups',
  {
    measure: integer('measure').notNull(),
    /** The log's start in hours since the epoch. */
    hour: integer('hour').notNull(),
    pair: integer('pair').notNull(),
    summary: blob('summary', { mode: 'buffer' }).notNull(),
  },
  // By hour before pair: what is folded at one time is of one hour mostly, and is written to a few pages so (50 times as many else).
  (table) => [primaryKey({ columns: [table.measure, table.hour, table.pair] })],
);

/** The hours of past days, a row a value: see ../rollups/day-hours.ts. */
export const dayRollups = sqliteTable(
  'day_rollups',
  {
    id: integer('id').primaryKey(),
    measure: integer('measure').notNull(),
    /** In days since the epoch. */
    day: integer('day').notNull(),
    pair: integer('pair').notNull(),
    /** What they hold together, unless an hour was written since: `whole` in rolled_days. Before the hours, which are read in full else. */
    summary: blob('summary', { mode: 'buffer' }).notNull(),
    hours: blob('hours', { mode: 'buffer' })
      .notNull()
      .default(sql`x''`),
  },
  // Many summaries are too large to be kept in an index. A measure's day is written at once.
  (table) => [uniqueIndex('day_rollups_of').on(table.measure, table.day, table.pair)],
);

/** The days of a measure whose hours stand in day_rollups, and nowhere else. */
export const rolledDays = sqliteTable(
  'rolled_days',
  {
    measure: integer('measure').notNull(),
    day: integer('day').notNull(),
    /** 0 from when one of its hours is written until what they hold together is found again. */
    whole: integer('whole').notNull().default(1),
  },
  (table) => [primaryKey({ columns: [table.measure, table.day] })],
);

/** Names of properties that are rolled up, and those that have had too many values for it. */
export const rolledNames = sqliteTable(
  'rolled_names',
  {
    project: integer('project').notNull(),
    name: text('name').notNull(),
    /** How many values of it are rolled up. */
    valueCount: integer('value_count').notNull(),
    /** 1 where it is no longer rolled up and questions about it read rows; 2 when its rollups have been removed, too. */
    dropped: integer('dropped').notNull(),
  },
  (table) => [primaryKey({ columns: [table.project, table.name] })],
);
