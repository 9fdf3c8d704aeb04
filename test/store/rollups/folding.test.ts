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
import { DEFAULT_PROJECT } from '../../../src/store/store.ts';
import { step, Stored } from './stored.ts';
import { type Expected, expectedRollups } from './stored-numbers.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-folding-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the rollups hold, in the words of `expectedRollups`. */
function heldRollups(connection: Connection): Expected {
  const rows = connection
    .prepare(
      `select m.project, m.what, m.name as measure, m.kind, r.hour, r.pair, p.name, p.value, r.summary
       from rollups r join measures m on m.id = r.measure left join properties p on p.id = r.pair`,
    )
    .all() as Record<'project' | 'what' | 'measure' | 'kind' | 'hour' | 'pair' | 'name' | 'value', string>[];
  return new Map(
    rows.map((row) => {
      const pair = Number(row.pair) === 0 ? 'all' : `${row.name}=${row.value}`;
      const { summary } = row as unknown as { summary: Buffer };
      const values = row.kind === 'category' ? decodeCounts(summary).byCategory : decodeSummary(summary).bins;
      return [`${row.project} ${row.what}:${row.measure}:${row.kind} ${row.hour} ${pair}`, values];
    }),
  );
}

/** The days that are put together, as they are held. */
function heldDays(connection: Connection): Expected {
  const rows = connection.prepare('select measure, day, pair, summary from day_rollups').all() as SummaryRow[];
  return new Map(rows.map((row) => [`${row.measure} ${row.day} ${row.pair}`, valuesOf(row.summary)]));
}

/** The same from the hours. */
function daysOf(connection: Connection): Expected {
  const rows = connection
    .prepare(
      `select r.measure, d.day, r.pair, r.summary from rolled_days d
       join rollups r on r.measure = d.measure and r.hour between d.day * 24 and d.day * 24 + 23`,
    )
    .all() as SummaryRow[];
  const days: Expected = new Map();
  for (const { measure, day, pair, summary } of rows) {
    const key = `${measure} ${day} ${pair}`;
    const counts = days.get(key) ?? new Map<number | string, number>();
    for (const [value, times] of valuesOf(summary)) counts.set(value, (counts.get(value) ?? 0) + times);
    days.set(key, counts);
  }
  return days;
}

interface SummaryRow {
  measure: number;
  day: number;
  pair: number;
  summary: Buffer;
}

function valuesOf(summary: Buffer): Map<number | string, number> {
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
      fc.property(some, some, (before, after) => {
        const stored = new Stored(join(folder, `${(run += 1)}.db`));
        try {
          for (const one of before) one(stored);
          const { connection } = stored;
          connection.exec(`update rollups set summary = x'ff'`);
          const damaged = connection.prepare(`select distinct measure, hour from rollups where summary = x'ff'`);
          const all = damaged.all().length;
          for (const one of after) one(stored);
          while (stored.fold());
          const left = damaged.all() as { measure: number; hour: number }[];
          cameUpon += all - left.length;
          // Those that nothing was written to: nobody could come upon them.
          stored.rebuild(left);
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
