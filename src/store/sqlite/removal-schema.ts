/** The table of removals on SQLite: what those that hold something derived from logs still have to forget. All else: schema.ts. */
import { integer, sqliteTable } from './drizzle.ts';

/** Runs of logs whose bodies are gone: the word index and the write-ahead log follow. */
export const removals = sqliteTable('removals', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  first: integer('first').notNull(),
  last: integer('last').notNull(),
});
