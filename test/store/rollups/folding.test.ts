/** Rollups against what is added up from the rows, whatever was written in whatever order, and however folding was cut. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BLOB } from '../../../src/statistics/bytes.ts';
import { decodeCounts } from '../../../src/statistics/counts.ts';
import { decodeSummary } from '../../../src/statistics/summary-bytes.ts';
import type { Connection } from '../../../src/store/sqlite/connection.ts';
import { questionOperations } from '../../../src/store/sqlite/question-operations.ts';
import { packHours, unpackHours } from '../../../src/store/rollups/day-hours.ts';
import { DEFAULT_PROJECT } from '../../../src/store/store.ts';
import { step, Stored } from './stored.ts';
import { type Expected, expectedRollups } from './stored-numbers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-folding-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the rollups hold, whether by the hour or by the day, in the words of `expectedRollups`. */
function heldRollups(connection: Connection): Expected {
  const names = new Map(
    (connection.prepare('select id, project, what, name, kind from measures').all() as Record<string, string>[]).map(
      ({ id, project, what, name, kind }) => [Number(id), `${project} ${what}:${name}:${kind}`],
    ),
  );
  const pairs = new Map(
    (connection.prepare('select id, name, value from properties').all() as Record<string, string>[]).map(
      ({ id, name, value }) => [Number(id), `${name}=${value}`],
    ),
  );
  return new Map(
    heldHours(connection).map(({ measure, hour, pair, summary }) => [
      `${names.get(measure)} ${hour} ${pair === 0 ? 'all' : pairs.get(pair)}`,
      valuesOf(summary),
    ]),
  );
}

function heldHours(connection: Connection): HourRow[] {
  const days = connection.prepare('select measure, day, pair, hours from day_rollups').all() as DayRow[];
  const inDays = days.flatMap(({ measure, day, pair, hours }) =>
    unpackHours(hours).map(({ hour, bytes }) => ({ measure, hour: day * 24 + hour, pair, summary: bytes })),
  );
  return [...inDays, ...(connection.prepare('select measure, hour, pair, summary from rollups').all() as HourRow[])];
}

/** What days are said to hold as a whole. */
function heldDays(connection: Connection): Expected {
  const rows = connection
    .prepare(
      'select d.* from day_rollups d join rolled_days r on r.measure = d.measure and r.day = d.day and r.whole = 1',
    )
    .all() as DayRow[];
  return new Map(rows.map((row) => [`${row.measure} ${row.day} ${row.pair}`, valuesOf(row.summary)]));
}

/** The same from the hours. */
function daysOf(connection: Connection): Expected {
  const whole = new Set(
    connection.prepare(`select measure || ' ' || day from rolled_days where whole = 1`).pluck().all() as string[],
  );
  const days: Expected = new Map();
  for (const { measure, hour, pair, summary } of heldHours(connection)) {
    const day = Math.floor(hour / 24);
    if (!whole.has(`${measure} ${day}`)) continue;
    const key = `${measure} ${day} ${pair}`;
    const counts = days.get(key) ?? new Map<number | string, number>();
    for (const [value, times] of valuesOf(summary)) counts.set(value, (counts.get(value) ?? 0) + times);
    days.set(key, counts);
  }
  return days;
}

/** Makes every hour unreadable; of days whole rows, or each hour by itself. */
function damage(connection: Connection, wholeRows: boolean): void {
  connection.exec(`update rollups set summary = x'ff'`);
  const put = connection.prepare('update day_rollups set hours = ? where id = ?');
  for (const { id, hours } of connection.prepare('select id, hours from day_rollups').all() as {
    id: number;
    hours: Uint8Array;
  }[]) {
    const unread = unpackHours(hours).map((one) => ({ ...one, bytes: Buffer.from([0xff]) }));
    put.run(wholeRows ? Buffer.from([0xff]) : packHours(unread), id);
  }
}

function damagedHours(connection: Connection): { measure: number; hour: number }[] {
  const damaged = new Map<string, { measure: number; hour: number }>();
  const note = (measure: number, hour: number): unknown => damaged.set(`${measure} ${hour}`, { measure, hour });
  const rows = connection.prepare(`select measure, hour from rollups where summary = x'ff'`).all() as HourRow[];
  for (const { measure, hour } of rows) note(measure, hour);
  for (const { measure, day, hours } of connection.prepare('select * from day_rollups').all() as DayRow[]) {
    if (hours[0] === 0xff) note(measure, day * 24);
    else for (const { hour, bytes } of unpackHours(hours)) if (bytes[0] === 0xff) note(measure, day * 24 + hour);
  }
  return [...damaged.values()];
}

/** Days whose hours stand in two places, or in rows that belong to no day. */
function misplaced(connection: Connection): number {
  return connection
    .prepare(
      `select (select count(*) from day_rollups d
           where not exists (select 1 from rolled_days r where r.measure = d.measure and r.day = d.day))
         + (select count(*) from rollups h join rolled_days r on r.measure = h.measure and r.day = h.hour / 24)`,
    )
    .pluck()
    .get() as number;
}

interface HourRow {
  measure: number;
  hour: number;
  pair: number;
  summary: Uint8Array;
}

interface DayRow {
  measure: number;
  day: number;
  pair: number;
  summary: Uint8Array;
  hours: Uint8Array;
}

function valuesOf(summary: Uint8Array): Map<number | string, number> {
  return summary[0] === BLOB.categories ? decodeCounts(summary).byCategory : decodeSummary(summary).bins;
}

describe('folding', () => {
  it('makes rollups what the rows add up to, in any order of writing, folding, removing and restarting', () => {
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 60 }), (steps) => {
        const stored = new Stored(join(folder, `${(run += 1)}.db`));
        try {
          for (const one of steps) one(stored);
          while (stored.fold());
          expect(misplaced(stored.connection)).toBe(0);
          expect(sorted(heldDays(stored.connection))).toEqual(sorted(daysOf(stored.connection)));
          expect(sorted(heldRollups(stored.connection))).toEqual(
            sorted(expectedRollups(stored.connection, () => true)),
          );
        } finally {
          stored.connection.close();
        }
      }),
      { numRuns: Number(process.env.GRADEWAY_FOLDING_RUNS ?? 40) },
    );
  }, 120_000);

  it('makes the hours anew whose rows cannot be read, when it comes upon them, and they hold what the rows add up to', () => {
    let run = 0;
    let cameUpon = 0;
    const some = fc.array(step, { minLength: 10, maxLength: 40 });
    fc.assert(
      fc.property(some, some, fc.boolean(), (before, after, wholeRows) => {
        const stored = new Stored(join(folder, `${(run += 1)}.db`));
        try {
          for (const one of before) one(stored);
          const { connection } = stored;
          damage(connection, wholeRows);
          const all = damagedHours(connection).length;
          for (const one of after) one(stored);
          while (stored.fold());
          const left = damagedHours(connection);
          cameUpon += all - left.length;
          // Those that nothing was written to: nobody could come upon them.
          stored.rebuild(left);
          expect(misplaced(connection)).toBe(0);
          expect(sorted(heldDays(connection))).toEqual(sorted(daysOf(connection)));
          expect(sorted(heldRollups(connection))).toEqual(sorted(expectedRollups(connection, () => true)));
        } finally {
          stored.connection.close();
        }
      }),
      { numRuns: Number(process.env.GRADEWAY_FOLDING_RUNS ?? 20) },
    );
    expect(cameUpon).toBeGreaterThan(0);
  }, 120_000);

  it('names none of the fields that it keeps as properties', () => {
    const stored = new Stored(join(folder, 'named.db'));
    stored.add({ properties: new Map([['tier', '1']]) });
    while (stored.fold());
    const names = questionOperations(stored.connection, undefined).propertyNames(DEFAULT_PROJECT.id);
    stored.connection.close();
    expect(names).toEqual([{ name: 'tier', values: 1 }]);
  });
});

function sorted(rollups: Expected): unknown {
  return [...rollups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, values]) => [key, [...values].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1))]);
}
