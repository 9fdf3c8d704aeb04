import { describe, expect, it } from 'vitest';
import { compareRuns } from '../../../src/offline/comparison/compare-runs.ts';
import { seededRandom } from '../../fakes/random.ts';
import { scored } from './scored.ts';

const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);

describe('a comparison of two runs', () => {
  it('pairs datapoints, and names those that got worse first', () => {
    const before = scored({ fit: [1, 2, 3, 4, undefined], ok: [true, true, false] });
    const after = scored({ fit: [1, 1.5, 1, undefined, 9], ok: [true, false, true] });
    const [fit, ok] = compareRuns(before, after);
    expect(fit).toMatchObject({
      score: 'fit',
      kind: 'number',
      pairs: 3,
      onlyBefore: 1,
      onlyAfter: 1,
      before: 2,
      gained: 0,
      lost: 2,
      worse: [
        { datapointId: 'd2', before: 3, after: 1 },
        { datapointId: 'd1', before: 2, after: 1.5 },
      ],
    });
    expect(fit!.difference).toBeCloseTo(-2.5 / 3, 12);
    expect(ok).toMatchObject({ kind: 'boolean', difference: 0, gained: 1, lost: 1, verdict: 'no_difference_shown' });
  });

  it('shows a difference of booleans by McNemar, and none of noise', () => {
    const before = scored({ ok: [...times(70, true), ...times(30, false)] });
    const after = scored({ ok: [...times(50, true), ...times(50, false)] });
    expect(compareRuns(before, after)).toMatchObject([{ verdict: 'worse', difference: -0.2, neededMore: null }]);
    expect(compareRuns(after, before)).toMatchObject([{ verdict: 'better', lost: 0, gained: 20 }]);
    const almost = scored({ ok: [...times(69, true), false, ...times(30, false)] });
    const [none] = compareRuns(before, almost);
    expect(none).toMatchObject({ verdict: 'no_difference_shown', lost: 1 });
    expect(none!.neededMore).toBeGreaterThan(100);
  });

  it('goes by the direction that is good', () => {
    const random = seededRandom(3);
    const values = Array.from({ length: 60 }, () => random.next());
    const before = scored({ latency: values, tone: values });
    const after = scored({
      latency: values.map((one) => one + 0.5 + random.next() / 10),
      tone: values.map((one) => one + 0.5 + random.next() / 10),
    });
    const better = { latency: 'lower', tone: null } as const;
    const [latency, tone] = compareRuns(before, after, { better });
    expect(latency).toMatchObject({ verdict: 'worse', lost: 60, gained: 0 });
    expect(tone).toMatchObject({ verdict: 'different' });
  });

  it('corrects for how many scores are looked at', () => {
    const random = seededRandom(11);
    const noise = (): number[] => Array.from({ length: 40 }, () => random.next());
    const names = Array.from({ length: 60 }, (_, index) => `s${String(index).padStart(2, '0')}`);
    const run = () => scored(Object.fromEntries(names.map((name) => [name, noise()])));
    const compared = compareRuns(run(), run(), { resamples: 500 });
    expect(compared.some(({ p }) => p! < 0.05)).toBe(true);
    expect(compared.filter(({ verdict }) => verdict !== 'no_difference_shown')).toEqual([]);
  });

  it('takes the mean of repetitions, and says the same for the same seed', () => {
    const before = scored({ ok: times(20, [true, false]) });
    const after = scored({ ok: [...times(10, [true, true]), ...times(10, [true, false])] });
    const [one] = compareRuns(before, after);
    expect(one).toMatchObject({ before: 0.5, after: 0.75, difference: 0.25, verdict: 'better' });
    expect(compareRuns(before, after)).toEqual([one]);
  });

  it.each([
    ['no datapoint in common', [1, undefined], [undefined, 1], 'not_enough_data'],
    ['one datapoint', [1], [2], 'not_enough_data'],
    ['all ties', [1, 2, 3], [1, 2, 3], 'no_difference_shown'],
    ['constant scores', [1, 1, 1], [1, 1, 1], 'no_difference_shown'],
    ['a constant difference', [1, 2, 3], [2, 3, 4], 'not_enough_data'],
  ])('of %s gives a plain verdict and never NaN', (_what, before, after, verdict) => {
    const compared = compareRuns(scored({ fit: before }), scored({ fit: after }));
    expect(JSON.stringify(compared)).not.toMatch(/NaN|Infinity/);
    expect(Object.values(compared[0]!).some((value) => Number.isNaN(value))).toBe(false);
    expect(compared).toMatchObject([{ verdict }]);
  });

  it('leaves categories, and scores that only one has, out', () => {
    expect(compareRuns(scored({ a: ['x'], b: [1, 2] }), scored({ a: ['y'], c: [1, 2] }))).toEqual([]);
  });
});
