/** The tables of datasets on SQLite. All else: schema.ts, which also says how tables are keyed. */
import { blob, index, integer, primaryKey, sqliteTable, text, uniqueIndex } from './drizzle.ts';

export const datasets = sqliteTable(
  'datasets',
  {
    /** Never given out again: rows of datapoints may outlive their dataset for a while. */
    seq: integer('seq').primaryKey({ autoIncrement: true }),
    id: blob('id', { mode: 'buffer' }).notNull().unique(),
    project: integer('project').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    newest: integer('newest').notNull(),
    /** Versions that were given out, committed or not. */
    begun: integer('begun').notNull(),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [uniqueIndex('datasets_name').on(table.project, table.name)],
);

export const datasetVersions = sqliteTable(
  'dataset_versions',
  {
    dataset: integer('dataset').notNull(),
    version: integer('version').notNull(),
    datapoints: integer('datapoints').notNull(),
    added: integer('added').notNull(),
    edited: integer('edited').notNull(),
    removed: integer('removed').notNull(),
    note: text('note'),
    createdAtMs: integer('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.version] })],
);

/** A datapoint from one version on and until before another: what did not change has one row in all of them. */
export const datapoints = sqliteTable(
  'datapoints',
  {
    seq: integer('seq').primaryKey(),
    dataset: integer('dataset').notNull(),
    id: blob('id', { mode: 'buffer' }).notNull(),
    position: integer('position').notNull(),
    since: integer('since').notNull(),
    /** Null: in the newest, too. */
    until: integer('until'),
    /** JSON: inputs, messages, target, metadata. */
    content: text('content').notNull(),
    /** JSON: where it came from. */
    source: text('source').notNull(),
  },
  (table) => [
    index('datapoints_position').on(table.dataset, table.position),
    uniqueIndex('datapoints_id').on(table.dataset, table.id, table.since),
    index('datapoints_since').on(table.dataset, table.since),
  ],
);
