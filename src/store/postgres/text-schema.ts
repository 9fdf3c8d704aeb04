/**
 * The tables of the word index on PostgreSQL: segments (store/text/segment.ts) over numbers of logs without their months, which grow
 * as logs come. SQLite has them in a file of its own. They are derived: what is missing is read from the logs.
 */
import { big, bytea, integer, pgTable, primaryKey } from './drizzle.ts';

export const textSegments = pgTable('text_segments', {
  /** Never used again: what is written anew has another one. */
  id: integer('id').primaryKey().generatedAlwaysAsIdentity(),
  first: big('first').notNull().unique(),
  width: integer('width').notNull(),
  words: integer('words').notNull(),
  /** The months of its logs. */
  months: integer('months').array().notNull(),
  vocabulary: bytea('vocabulary').notNull(),
  marks: bytea('marks').notNull(),
});

export const textChunks = pgTable(
  'text_chunks',
  {
    segment: integer('segment').notNull(),
    firstWord: integer('first_word').notNull(),
    bytes: bytea('bytes').notNull(),
  },
  (table) => [primaryKey({ columns: [table.segment, table.firstWord] })],
);

/** Up to which number logs are in segments: one row, or none. */
export const textState = pgTable('text_state', {
  id: integer('id').primaryKey(),
  indexedUpTo: big('indexed_up_to').notNull(),
});
