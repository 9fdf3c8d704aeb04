import { assert, constantFrom, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BUCKET_UNITS, bucketEdges, fixedZone, namedZone } from '../../src/model/time-buckets.ts';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(text);
const edges = (from: string, to: string, unit: (typeof BUCKET_UNITS)[number], zone: string): string[] =>
  (bucketEdges(at(from), at(to), unit, namedZone(zone)!, 10_000) as number[]).map((ms) => new Date(ms).toISOString());
const hours = (list: string[]): number[] => list.slice(1).map((one, index) => (at(one) - at(list[index]!)) / HOUR_MS);

describe('buckets of time', () => {
  it.each([
    {
      name: 'clocks put forward',
      from: '2026-03-28T12:00Z',
      to: '2026-03-30T12:00Z',
      zone: 'Europe/Berlin',
      lengths: [24, 23, 24],
    },
    {
      name: 'clocks put back',
      from: '2026-10-24T12:00Z',
      to: '2026-10-26T12:00Z',
      zone: 'Europe/Berlin',
      lengths: [24, 25, 24],
    },
    {
      name: 'the other half of the year',
      from: '2026-04-04T12:00Z',
      to: '2026-04-06T00:00Z',
      zone: 'Australia/Sydney',
      lengths: [24, 25, 24].slice(0, 2),
    },
    {
      name: 'half an hour',
      from: '2026-04-04T00:00Z',
      to: '2026-04-05T20:00Z',
      zone: 'Australia/Lord_Howe',
      lengths: [24, 24.5, 24],
    },
    {
      name: 'a midnight that is skipped',
      from: '2018-11-03T12:00Z',
      to: '2018-11-05T12:00Z',
      zone: 'America/Sao_Paulo',
      lengths: [24, 23, 24],
    },
    {
      name: 'a midnight that comes twice',
      from: '2018-02-17T12:00Z',
      to: '2018-02-19T00:00Z',
      zone: 'America/Sao_Paulo',
      lengths: [25, 24],
    },
    { name: 'no change', from: '2026-03-28T12:00Z', to: '2026-03-30T12:00Z', zone: 'UTC', lengths: [24, 24, 24] },
  ])('has days of the length that they had: $name', ({ from, to, zone, lengths }) => {
    expect(hours(edges(from, to, 'day', zone)).slice(0, lengths.length)).toEqual(lengths);
  });

  it('begins the day after a skipped midnight at one', () => {
    expect(edges('2018-11-04T12:00Z', '2018-11-04T13:00Z', 'day', 'America/Sao_Paulo')[0]).toBe(
      '2018-11-04T03:00:00.000Z',
    );
  });

  it.each([
    { unit: 'week' as const, list: ['2026-02-22T23:00:00.000Z', '2026-03-01T23:00:00.000Z'] },
    { unit: 'month' as const, list: ['2026-01-31T23:00:00.000Z', '2026-02-28T23:00:00.000Z'] },
    { unit: 'year' as const, list: ['2025-12-31T23:00:00.000Z', '2026-12-31T23:00:00.000Z'] },
    { unit: 'hour' as const, list: ['2026-02-28T10:00:00.000Z', '2026-02-28T11:00:00.000Z'] },
    { unit: 'minute' as const, list: ['2026-02-28T10:30:00.000Z', '2026-02-28T10:31:00.000Z'] },
  ])('knows where a $unit begins', ({ unit, list }) => {
    expect(edges('2026-02-28T10:30:20.500Z', '2026-02-28T10:30:40Z', unit, 'Europe/Berlin')).toEqual(list);
  });

  it('counts hours of zones that are a quarter off', () => {
    expect(edges('2026-02-28T10:30Z', '2026-02-28T11:00Z', 'hour', 'Asia/Kathmandu')).toEqual([
      '2026-02-28T10:15:00.000Z',
      '2026-02-28T11:15:00.000Z',
    ]);
  });

  it('takes a fixed distance from UTC', () => {
    const zone = fixedZone(-5 * HOUR_MS);
    expect(bucketEdges(at('2026-02-28T02:00Z'), at('2026-02-28T06:00Z'), 'day', zone, 10)).toEqual(
      ['2026-02-27T05:00Z', '2026-02-28T05:00Z', '2026-03-01T05:00Z'].map(at),
    );
  });

  it('has hours of a whole year, and says where they are too many', () => {
    const [from, to] = [at('2028-01-01T00:00Z'), at('2029-01-01T00:00Z')];
    expect(bucketEdges(from, to, 'hour', namedZone('UTC')!, 10_000)).toHaveLength(8785);
    expect(bucketEdges(from, to, 'minute', namedZone('UTC')!, 10_000)).toBe('tooMany');
  });

  it.each([
    { name: 'Asia/Kathmandu', moved: '1985-12-31T18:30Z', edges: ['17:30', '18:30', '19:15'] },
    { name: 'Australia/Lord_Howe', moved: '2026-04-04T15:00Z', edges: ['14:00', '15:00', '15:30'] },
    { name: 'Australia/Lord_Howe', moved: '2026-10-03T15:30Z', edges: ['14:30', '15:30', '16:00'] },
  ])('begins an hour where clocks of $name are moved by less than one, $moved', ({ name, moved, edges }) => {
    const [day] = moved.split('T');
    const expected = edges.map((time) => at(`${day}T${time}Z`));
    expect(bucketEdges(expected[0]!, expected[2]!, 'hour', namedZone(name)!, 10)).toEqual(expected);
    expect(bucketEdges(at(moved), at(moved) + 1, 'hour', namedZone(name)!, 10)).toEqual(expected.slice(1));
  });

  it('knows no zone of a name that is none', () => {
    for (const name of ['', 'Mars/Olympus', "'; drop table logs", '\0', 'x'.repeat(10_000)])
      expect(namedZone(name)).toBeUndefined();
  });

  it('covers any range with buckets that ascend, in every zone', () => {
    const zones = [
      'Europe/Berlin',
      'America/Sao_Paulo',
      'Australia/Lord_Howe',
      'Pacific/Apia',
      'America/Havana',
      'Asia/Kathmandu',
      'Africa/Casablanca',
    ];
    assert(
      property(
        integer({ min: at('1985-01-01'), max: at('2035-01-01') }),
        integer({ min: 1, max: 40 * 24 * HOUR_MS }),
        constantFrom(...zones),
        constantFrom('hour' as const, 'day' as const, 'week' as const, 'month' as const),
        (from, length, name, unit) => {
          const zone = namedZone(name)!;
          const list = bucketEdges(from, from + length, unit, zone, 10_000) as number[];
          expect(list[0]).toBeLessThanOrEqual(from);
          expect(list.at(-1)).toBeGreaterThanOrEqual(from + length);
          expect(list.every((edge, index) => index === 0 || edge > list[index - 1]!)).toBe(true);
          // Every edge begins a bucket: its own start is itself.
          expect(list.map((edge) => (bucketEdges(edge, edge + 1, unit, zone, 10) as number[])[0])).toEqual(list);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});
