/** Whose turn it is, as named operations. What a turn is: ../turns.ts. */
import type { Connection } from './connection.ts';

export function turnWrites(connection: Connection) {
  const take = connection.prepare(
    `insert into turns (name, due_at_ms, holder, lease_until_ms) values (@name, @nowMs, @holder, @leaseUntilMs)
     on conflict do update set holder = @holder, lease_until_ms = @leaseUntilMs
     where due_at_ms <= @nowMs and (holder = @holder or lease_until_ms <= @nowMs)`,
  );
  const end = connection.prepare(
    'update turns set due_at_ms = @dueAtMs, lease_until_ms = 0 where name = @name and holder = @holder',
  );
  return {
    takeTurn: (name: string, holder: string, nowMs: number, leaseUntilMs: number): boolean =>
      take.run({ name, holder, nowMs, leaseUntilMs }).changes > 0,

    endTurn(name: string, holder: string, dueAtMs: number): void {
      end.run({ name, holder, dueAtMs });
    },
  };
}
