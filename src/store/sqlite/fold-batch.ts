/**
 * One step of folding, made ready on a reading connection: entries behind the mark, added up and merged into the bytes of the rows
 * that they touch. What comes out is for the writer (write-rollups.ts), which stores it if nobody has written rollups meanwhile.
 */
import type { Statement } from 'better-sqlite3';
import { LOG_MEASURES } from '../../model/measure.ts';
import { kindOfLogMeasure } from '../rollups/log-values.ts';
import { addEntry, type ChangeEntry, type Deltas, noDeltas } from '../rollups/deltas.ts';
import { MOST_ROLLED_VALUES } from '../rollups/rolled.ts';
import { CHANGE_COLUMNS, readMark } from './change-rows.ts';
import type { Connection } from './connection.ts';
import { removalWatch } from './removal-notes.ts';
import { type FactRows, logFacts } from '../rollups/log-facts.ts';
import { factRows } from './log-facts.ts';
import { RolledDays } from './rolled-days.ts';
import { StoredRows } from './rollup-rows.ts';

/** Rows that a step writes at most, about: so long the writer is held up (3 µs a row). */
const MOST_ROWS = 800;
const MOST_ENTRIES = 8192;
const ENTRIES_A_READ = 512;

/** Ids that are not there yet are negative: -1 is the first of `pairs`, or of `measures`. */
export interface FoldStep {
  /** `edits` of the mark that it was made from. */
  edits: number;
  /** The mark afterwards. */
  seq: number;
  entries: number;
  /** Whether more entries are waiting. */
  more: boolean;
  pairs: [project: number, name: string, value: string][];
  measures: [project: number, name: string, kind: string][];
  /** Four numbers a row: measure, hour, pair, length of its bytes; a row of no bytes goes. */
  rows: Float64Array;
  bytes: Uint8Array;
  /** Names that have got too many values. */
  dropped: [project: number, name: string, values: number][];
}

export class FoldBatch {
  readonly #connection: Connection;
  readonly #entries: Statement;
  readonly #facts: FactRows;
  readonly #pair: Statement;
  readonly #measure: Statement;
  readonly #values: Statement;
  readonly #droppedNames: Statement;
  readonly #stored: StoredRows;
  /** Ids that are stored; forgotten when anything was removed. */
  readonly #known = new Map<string, number>();
  readonly #isRemovedFrom: () => boolean;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#isRemovedFrom = removalWatch(connection);
    const prepare = (text: string): Statement => connection.prepare(text);
    this.#entries = prepare(`select ${CHANGE_COLUMNS} from changes where seq > ? order by seq limit ${ENTRIES_A_READ}`);
    this.#facts = factRows(connection);
    this.#pair = prepare('select id from properties where project = ? and name = ? and value = ?').pluck();
    this.#measure = prepare(
      `select id from measures where project = ? and what = 'log' and name = ? and kind = ?`,
    ).pluck();
    this.#values = prepare(
      'select count(*) from (select 1 from properties where project = ? and name = ? limit ?)',
    ).pluck();
    this.#droppedNames = prepare('select project, name from rolled_names where dropped > 0').raw();
    this.#stored = new StoredRows(connection, new RolledDays(connection));
  }

  /** The next step; undefined where nothing waits. Reads one snapshot. Throws DamagedRollup. */
  next(): FoldStep | undefined {
    this.#connection.exec('begin');
    try {
      return this.#next();
    } finally {
      this.#connection.exec('commit');
    }
  }

  #next(): FoldStep | undefined {
    const mark = readMark(this.#connection);
    if (this.#isRemovedFrom()) this.#known.clear();
    const ids = new StepIds(this.#known, this.#pair, this.#measure);
    const names = new StepNames(this.#droppedNames.all() as [number, string][], this.#values);
    const folded = logFacts(
      this.#facts,
      { pair: (...of) => ids.pair(...of), logMeasure: (...of) => ids.logMeasure(...of) },
      (project, name) => names.isRolled(project, name),
    );
    const deltas = noDeltas();
    let seq = mark.seq;
    let entries = 0;
    let more = true;
    while (more && deltas.rows < MOST_ROWS && entries < MOST_ENTRIES) {
      const read = this.#entries.all(seq) as ChangeEntry[];
      for (const entry of read) {
        if (deltas.rows >= MOST_ROWS) break;
        addEntry(deltas, entry, folded);
        seq = entry.seq;
        entries += 1;
      }
      more = read.length === ENTRIES_A_READ || seq < (read.at(-1)?.seq ?? seq);
    }
    if (entries === 0) return undefined;
    const { pairs, measures } = ids;
    return { edits: mark.edits, seq, entries, more, pairs, measures, ...this.#rows(deltas), dropped: names.tooMany };
  }

  #rows(deltas: Deltas): { rows: Float64Array; bytes: Uint8Array } {
    const rows: number[] = [];
    const parts: Uint8Array[] = [];
    for (const [measure, hour, pair, bytes] of this.#stored.changed(deltas)) {
      if (bytes) parts.push(bytes);
      rows.push(measure, hour, pair, bytes?.length ?? 0);
    }
    return { rows: Float64Array.from(rows), bytes: new Uint8Array(Buffer.concat(parts)) };
  }
}

/** Ids of one step: the stored ones, and negative ones for those to come. */
class StepIds {
  readonly pairs: [number, string, string][] = [];
  readonly measures: [number, string, string][] = [];
  readonly #new = new Map<string, number>();
  readonly #known: Map<string, number>;
  readonly #pair: Statement;
  readonly #measure: Statement;

  constructor(known: Map<string, number>, pair: Statement, measure: Statement) {
    if (known.size > 100_000) known.clear();
    this.#known = known;
    this.#pair = pair;
    this.#measure = measure;
  }

  pair(project: number, name: string, value: string): number {
    return this.#idOf(`${project}\0${name}\0${value}`, this.#pair, this.pairs, [project, name, value]);
  }

  logMeasure(project: number, index: number): number {
    const name = LOG_MEASURES[index]!;
    return this.#idOf(`${project}\0\0${index}`, this.#measure, this.measures, [project, name, kindOfLogMeasure(name)]);
  }

  #idOf(key: string, find: Statement, list: [number, string, string][], columns: [number, string, string]): number {
    const known = this.#known.get(key) ?? this.#new.get(key);
    if (known !== undefined) return known;
    const stored = find.get(...columns) as number | undefined;
    if (stored !== undefined) {
      this.#known.set(key, stored);
      return stored;
    }
    list.push(columns);
    this.#new.set(key, -list.length);
    return -list.length;
  }
}

/** Which names are rolled up, looked at once a step. */
class StepNames {
  readonly tooMany: [number, string, number][] = [];
  readonly #rolled = new Map<string, boolean>();
  readonly #values: Statement;

  constructor(dropped: [number, string][], values: Statement) {
    for (const [project, name] of dropped) this.#rolled.set(`${project}\0${name}`, false);
    this.#values = values;
  }

  isRolled(project: number, name: string): boolean {
    const key = `${project}\0${name}`;
    const known = this.#rolled.get(key);
    if (known !== undefined) return known;
    const values = this.#values.get(project, name, MOST_ROLLED_VALUES + 1) as number;
    const rolled = values <= MOST_ROLLED_VALUES;
    if (!rolled) this.tooMany.push([project, name, values]);
    this.#rolled.set(key, rolled);
    return rolled;
  }
}
