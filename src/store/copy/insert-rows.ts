/** Many rows of a table with one statement. Those that are there already stay. */
import type { Session } from '../postgres/connection.ts';
import type { Row } from './source.ts';

/** `columns`: name -> type. A column that a row lacks is null. */
export async function insertRows(
  session: Session,
  table: string,
  rows: readonly Row[],
  columns: Readonly<Record<string, string>>,
): Promise<void> {
  if (rows.length === 0) return;
  const names = Object.keys(columns);
  const given = Object.values(columns).map((type, index) => `$${index + 1}::${type}[]`);
  await session.rows(
    `insert into ${table} (${names.join(', ')}) select * from unnest(${given.join(', ')}) on conflict do nothing`,
    names.map((name) => rows.map((row) => row[name] ?? null)),
  );
}
