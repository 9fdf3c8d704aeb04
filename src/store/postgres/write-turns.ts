/** Whose turn it is, as named operations. What a turn is: ../turns.ts. */
import type { Session } from './connection.ts';

export function turnWrites(session: Session) {
  return {
    async takeTurn(name: string, holder: string, nowMs: number, leaseUntilMs: number): Promise<boolean> {
      const rows = await session.rows(
        `insert into turns (name, due_at_ms, holder, lease_until_ms) values ($1, $3, $2, $4)
         on conflict (name) do update set holder = excluded.holder, lease_until_ms = excluded.lease_until_ms
         where turns.due_at_ms <= $3 and (turns.holder = $2 or turns.lease_until_ms <= $3) returning name`,
        [name, holder, nowMs, leaseUntilMs],
      );
      return rows.length > 0;
    },

    async endTurn(name: string, holder: string, dueAtMs: number): Promise<void> {
      await session.rows('update turns set due_at_ms = $3, lease_until_ms = 0 where name = $1 and holder = $2', [
        name,
        holder,
        dueAtMs,
      ]);
    },
  };
}
