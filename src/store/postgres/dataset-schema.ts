/** The tables of datasets on PostgreSQL, as dataset-schema.ts of SQLite has them. */
import { big, index, integer, pgTable, primaryKey, text, uniqueIndex, uuid } from './drizzle.ts';

export const datasets = pgTable(
  'datasets',
  {
    seq: integer('seq').primaryKey().generatedAlwaysAsIdentity(),
    id: uuid('id').notNull().unique(),
    project: integer('project').notNull(),
    name: text('name').notNull(),
    description: text('description'),
    newest: integer('newest').notNull(),
    begun: integer('begun').notNull(),
    createdAtMs: big('created_at_ms').notNull(),
  },
  (table) => [uniqueIndex('datasets_name').on(table.project, table.name)],
);

export const datasetVersions = pgTable(
  'dataset_versions',
  {
    dataset: integer('dataset').notNull(),
    version: integer('version').notNull(),
    datapoints: integer('datapoints').notNull(),
    added: integer('added').notNull(),
    edited: integer('edited').notNull(),
    removed: integer('removed').notNull(),
    note: text('note'),
    createdAtMs: big('created_at_ms').notNull(),
  },
  (table) => [primaryKey({ columns: [table.dataset, table.version] })],
);

export const datapoints = pgTable(
  'datapoints',
  {
    seq: big('seq').primaryKey().generatedAlwaysAsIdentity(),
    dataset: integer('dataset').notNull(),
    id: uuid('id').notNull(),
    position: integer('position').notNull(),
    since: integer('since').notNull(),
    until: integer('until'),
    /** JSON as text: jsonb takes neither NUL nor lone surrogates, and keeps no order. */
    content: text('content').notNull(),
    source: text('source').notNull(),
  },
  (table) => [
    index('datapoints_position').on(table.dataset, table.position),
    uniqueIndex('datapoints_id').on(table.dataset, table.id, table.since),
    index('datapoints_since').on(table.dataset, table.since),
  ],
);
