/**
 * How far numbers of a sequence are settled. Transactions do not commit in the order in which they draw numbers: a number below one
 * that is there may still come. So a number counts as reached when every transaction that was under way after it was drawn has ended:
 * behind it nothing appears any more, and whoever reads on from it misses nothing. It holds for sequences from which only
 * transactions draw that have their own number already, and the numbers of these are looked at after the sequence.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Session } from './connection.ts';

/** Writing transactions take milliseconds: after a few looks the last number that was drawn is settled. */
const LOOKS = 4;
const PAUSE_MS = 5;
/** Looks that are remembered while some long transaction is under way. */
const MOST_REMEMBERED = 64;

/**
 * The oldest transaction that may be under way, and the number that the next one gets. A snapshot's own upper end is no such number:
 * what is under way may be beyond it, as long as nothing behind that has ended.
 */
const RUNNING = `select oldest::text::bigint as oldest, oldest::text::bigint + age(oldest::xid) as next
  from pg_snapshot_xmin(pg_current_snapshot()) as oldest`;

interface Look {
  /** The last number drawn. */
  drawn: number;
  /** Every transaction that may have drawn it or one before is below. */
  before: number;
}

export class Settled {
  readonly #last: string;
  #looks: Look[] = [];
  #settled = 0;

  constructor(sequence: 'changes_seq_seq' | 'numbers') {
    this.#last = `select case when is_called then last_value else 0 end as drawn from ${sequence}`;
  }

  /** Up to `settled` nothing is to come; `drawn` is the last number at all. Waits a moment for transactions that are under way. */
  async upTo(session: Session): Promise<{ settled: number; drawn: number }> {
    for (let look = 1; ; look += 1) {
      const [sequence] = await session.rows<{ drawn: number }>(this.#last);
      const [running] = await session.rows<{ oldest: number; next: number }>(RUNNING);
      const { drawn } = sequence!;
      this.#remember({ drawn, before: running!.next }, running!.oldest);
      if (this.#settled >= drawn || look === LOOKS) return { settled: this.#settled, drawn };
      await sleep(PAUSE_MS);
    }
  }

  #remember(look: Look, oldest: number): void {
    this.#looks.push(look);
    for (const { drawn, before } of this.#looks) if (before <= oldest) this.#settled = Math.max(this.#settled, drawn);
    this.#looks = this.#looks.filter(({ before }) => before > oldest);
    // The oldest one is settled first; of the others the newest says the most.
    if (this.#looks.length > MOST_REMEMBERED) this.#looks.splice(1, 1);
  }
}
