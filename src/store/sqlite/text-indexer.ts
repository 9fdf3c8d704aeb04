/**
 * Keeps the word index up with the logs: what is new becomes a small segment, small ones are joined into larger ones,
 * segments with removed logs are written anew. Runs on a thread of its own and knows only connections; every step is
 * bounded and leaves the file in order.
 */
import type { Statement } from 'better-sqlite3';
import { joinable } from '../text/joinable.ts';
import { joinSegments, segmentOf, withoutLogs } from '../text/segment.ts';
import { WordTable } from '../text/word-table.ts';
import type { Connection } from './connection.ts';
import type { ReadTexts } from '../text/read-texts.ts';
import { StoredTexts } from './log-texts.ts';
import { segmentStatements, type Witness } from './text-file.ts';

/** Logs that one step reads. */
const STEP = 2048;
/** Runs of removed logs that one step takes out. */
const REMOVALS = 50_000;

export class TextIndexer {
  readonly #logs: Connection;
  readonly #file: Connection;
  readonly #texts: StoredTexts;
  readonly #segments: ReturnType<typeof segmentStatements>;
  readonly #indexedUpTo: Statement;
  readonly #setIndexedUpTo: Statement;
  readonly #idOf: Statement;
  readonly #lastLog: Statement;
  readonly #removals: Statement;
  readonly #purgedUpTo: Statement;
  readonly #setPurgedUpTo: Statement;

  constructor(logs: Connection, file: Connection, readTexts: ReadTexts) {
    this.#logs = logs;
    this.#file = file;
    this.#texts = new StoredTexts(logs, readTexts);
    this.#segments = segmentStatements(file);
    this.#indexedUpTo = file.prepare('select indexed_up_to from state').pluck();
    this.#setIndexedUpTo = file.prepare('update state set indexed_up_to = ?');
    this.#idOf = logs.prepare('select id from logs where seq = ?').pluck();
    this.#lastLog = logs
      .prepare('select max((select coalesce(max(seq), 0) from logs), (select coalesce(max(last), 0) from removals))')
      .pluck();
    this.#removals = logs.prepare('select id, first, last from removals where id > ? order by id limit ?');
    this.#purgedUpTo = file.prepare('select purged_up_to from state').pluck();
    this.#setPurgedUpTo = file.prepare('update state set purged_up_to = ?');
    this.#forgetAnother();
  }

  /** Logs that are not in the index yet. */
  get behind(): number {
    return (this.#lastLog.get() as number) - (this.#indexedUpTo.get() as number);
  }

  /** Indexes up to `STEP` new logs, and joins what that makes joinable. Whether there is more to do. */
  step(): boolean {
    const from = this.#indexedUpTo.get() as number;
    const words = new WordTable();
    let last = from;
    for (const { seq, texts } of this.#texts.behind(from, STEP)) {
      words.add(seq, [texts.input, texts.output]);
      last = seq;
    }
    this.#texts.forget();
    if (last === from) return false;
    const segment = segmentOf(words, from + 1, last);
    const id = this.#idOf.get(last) as Uint8Array | undefined;
    if (id === undefined) return true;
    this.#write(() => {
      // Another process may have been here.
      if (this.#indexedUpTo.get() !== from) return;
      this.#segments.put(segment, { seq: last, id });
      this.#setIndexedUpTo.run(last);
      this.#join();
    });
    return words.logs === STEP;
  }

  /** Takes the words of removed logs out, of many at once: each segment that has some is written anew. */
  follow(): void {
    const purged = this.#purgedUpTo.get() as number;
    const rows = this.#removals.all(purged, REMOVALS) as { id: number; first: number; last: number }[];
    const last = rows.at(-1);
    if (last === undefined) return;
    const indexed = this.#indexedUpTo.get() as number;
    this.purge(
      rows.flatMap((row) =>
        Array.from(
          { length: Math.max(0, Math.min(row.last, indexed) - row.first + 1) },
          (_, index) => row.first + index,
        ),
      ),
    );
    this.truncate();
    this.#setPurgedUpTo.run(last.id);
  }

  /** Writes segments anew without these logs. */
  purge(removed: readonly number[]): void {
    const gone = new Set(removed);
    for (const { id, first, width, witness } of this.#segments.list()) {
      if (!removed.some((log) => log >= first && log < first + width)) continue;
      this.#write(() => {
        const segment = this.#segments.get(id);
        if (segment === undefined) return;
        this.#segments.remove(id);
        this.#segments.put(
          withoutLogs(segment, (log) => gone.has(log)),
          witness,
        );
      });
    }
  }

  /** Empties the write-ahead log: what was removed is not to be found in it either. */
  truncate(): void {
    this.#file.pragma('wal_checkpoint(TRUNCATE)');
  }

  close(): void {
    this.#file.close();
    this.#logs.close();
  }

  #join(): void {
    for (;;) {
      const segments = this.#segments.list();
      const run = joinable(segments);
      if (run.length === 0) return;
      // Inside the transaction in which they were listed: they are there.
      const joined = joinSegments(run.map(({ id }) => this.#segments.get(id)!));
      for (const { id } of run) this.#segments.remove(id);
      this.#segments.put(joined, run.at(-1)!.witness);
    }
  }

  /** An index whose logs have other ids, or that knows more logs than there are, is of another database (a restored one). */
  #forgetAnother(): void {
    const differs = ({ witness: { seq, id } }: { witness: Witness }): boolean => {
      const own = this.#idOf.get(seq) as Uint8Array | undefined;
      return own !== undefined && Buffer.compare(own, id) !== 0;
    };
    const list = this.#segments.list();
    if (!list.some(differs) && this.behind >= 0) return;
    this.#write(() => this.#file.exec('delete from segments; delete from chunks; update state set indexed_up_to = 0'));
  }

  #write(work: () => void): void {
    this.#file.exec('begin immediate');
    try {
      work();
      this.#file.exec('commit');
    } catch (error) {
      if (this.#file.inTransaction) this.#file.exec('rollback');
      throw error;
    }
  }
}
