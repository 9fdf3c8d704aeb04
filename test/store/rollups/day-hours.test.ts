import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type HourBytes, packHours, unpackHours } from '../../../src/store/rollups/day-hours.ts';

const hours: fc.Arbitrary<HourBytes[]> = fc
  .uniqueArray(
    fc.record({
      hour: fc.nat(23),
      count: fc.nat(2 ** 40),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    }),
    { selector: ({ hour }) => hour, maxLength: 24 },
  )
  .map((list) => list.toSorted((a, b) => a.hour - b.hour));

function plain(list: readonly HourBytes[]): unknown {
  return list.map(({ bytes, ...rest }) => ({ ...rest, bytes: [...bytes] }));
}

describe('hours of a day', () => {
  it('are given back as they were put together', () => {
    fc.assert(
      fc.property(hours, (list) => {
        expect(plain(unpackHours(packHours(list)))).toEqual(plain(list));
      }),
    );
  });

  it('are refused, or are hours that can be put together again, whatever bytes they are read from', () => {
    const changed = fc.tuple(hours, fc.nat(), fc.nat(255)).map(([list, at, byte]) => {
      const bytes = packHours(list);
      bytes[at % bytes.length] = byte;
      return bytes;
    });
    let refused = 0;
    fc.assert(
      fc.property(fc.oneof(changed, fc.uint8Array({ maxLength: 20 })), (bytes) => {
        try {
          expect([...packHours(unpackHours(bytes))]).toEqual([...bytes]);
        } catch (error) {
          if (!(error instanceof RangeError)) throw error;
          refused += 1;
        }
      }),
    );
    expect(refused).toBeGreaterThan(10);
  });

  it.each([
    { name: 'cut short', bytes: packHours([{ hour: 1, count: 1, bytes: Uint8Array.of(7, 7) }]).slice(0, -1) },
    { name: 'with more behind them', bytes: Uint8Array.of(0x14, 0, 1) },
    { name: 'of an hour that no day has', bytes: packHours([{ hour: 24, count: 1, bytes: Uint8Array.of(7) }]) },
    { name: 'of another kind', bytes: Uint8Array.of(0x11, 0, 0) },
    { name: 'none', bytes: new Uint8Array(0) },
  ])('are refused where they are $name', ({ bytes }) => {
    expect(() => unpackHours(bytes)).toThrow(RangeError);
  });
});
