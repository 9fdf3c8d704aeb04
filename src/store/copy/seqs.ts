/** Numbers in the source to numbers in the target, by what both know a row by. */
import { GatewayError } from '../../errors.ts';
import type { Session } from '../postgres/connection.ts';
import type { Row } from './source.ts';

/** By id. Throws `store_unusable` where a row did not get there. */
export async function seqsOf(
  session: Session,
  table: 'projects' | 'webhooks' | 'datasets' | 'runs' | 'alerts',
  rows: Row[],
): Promise<Map<number, number>> {
  const found = await session.rows<{ id: string; seq: number }>(
    `select id, seq from ${table} where id = any($1::uuid[])`,
    [rows.map(({ id }) => id)],
  );
  const byId = new Map(found.map(({ id, seq }) => [id, seq]));
  const lost = rows.find(({ id }) => !byId.has(String(id)));
  if (lost !== undefined)
    throw refusal(`${String(lost.name ?? lost.id)} of ${table} is there with another id. Give an empty database.`);
  return new Map(rows.map(({ id, seq }) => [Number(seq), byId.get(String(id))!]));
}

export function refusal(message: string): GatewayError {
  return new GatewayError('store_unusable', { message: `The database to copy to cannot be used. ${message}` });
}
