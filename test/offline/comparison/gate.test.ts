import { describe, expect, it } from 'vitest';
import { gateSchema, type GateVerdict, judgeAll, judgeGate } from '../../../src/offline/comparison/gate.ts';
import type { ScoreValue } from '../../../src/model/score.ts';
import { scored } from './scored.ts';

const times = <Value>(count: number, value: Value): Value[] => Array.from({ length: count }, () => value);
const share = (yes: number, no: number): ScoreValue[] => [...times(yes, true), ...times(no, false)];

function judge(gate: object, run: ScoreValue[], baseline?: (ScoreValue | undefined)[]): ReturnType<typeof judgeGate> {
  return judgeGate(gateSchema.parse({ score: 'ok', ...gate }), {
    run: scored({ ok: run }),
    baseline: baseline && scored({ ok: baseline }),
  });
}

describe('a gate', () => {
  it.each<[string, object, ScoreValue[], GateVerdict]>([
    ['enough', { atLeast: 0.9 }, share(95, 5), 'passed'],
    ['much too little', { atLeast: 0.9 }, share(50, 50), 'regression'],
    ['a little too little', { atLeast: 0.9 }, share(88, 12), 'inconclusive'],
    ['enough, yet not surely', { atLeast: 0.9, sure: true }, share(95, 5), 'inconclusive'],
    ['surely enough', { atLeast: 0.9, sure: true }, share(990, 10), 'passed'],
    ['at most', { atMost: 200 }, [100, 150, 120, 130], 'passed'],
    ['more than at most', { atMost: 200 }, [300, 310, 305, 320], 'regression'],
    ['all the same', { atLeast: 1 }, [1, 1, 1], 'passed'],
    ['one datapoint below', { atLeast: 1 }, [0.5], 'regression'],
  ])('against a bound: %s', (_what, gate, run, verdict) => {
    expect(judge(gate, run)).toMatchObject({ verdict });
  });

  it.each<[string, object, ScoreValue[], (ScoreValue | undefined)[], GateVerdict]>([
    ['a planted regression', { nonInferiorBy: 0.03 }, share(60, 40), share(90, 10), 'regression'],
    ['the same', { nonInferiorBy: 0.03 }, share(180, 20), share(180, 20), 'passed'],
    ['the same, of few', { nonInferiorBy: 0.03 }, share(9, 1), share(9, 1), 'inconclusive'],
    ['better', { nonInferiorBy: 0.03 }, share(95, 5), share(60, 40), 'passed'],
    ['better by more', { betterBy: 0.1 }, share(95, 5), share(60, 40), 'passed'],
    ['better, yet not by that', { betterBy: 0.5 }, share(95, 5), share(60, 40), 'regression'],
    ['numbers that are all the same', { nonInferiorBy: 0 }, [1, 2, 3], [1, 2, 3], 'passed'],
    ['lower is better', { nonInferiorBy: 5, better: 'lower' }, [100, 90, 110, 95], [200, 210, 190, 205], 'passed'],
    ['one pair', { nonInferiorBy: 0.5 }, [1], [1], 'inconclusive'],
  ])('against a baseline: %s', (_what, gate, run, baseline, verdict) => {
    const result = judge(gate, run, baseline);
    expect(result).toMatchObject({ verdict });
    expect(JSON.stringify(result)).not.toMatch(/NaN|null,"high"/);
  });

  it('says how many more datapoints it would take where it is not decided', () => {
    const before = [...times(6, false), ...times(86, true), ...times(8, false)];
    const few = judge({ nonInferiorBy: 0.03 }, share(85, 15), before);
    expect(few.verdict).toBe('inconclusive');
    expect(few.neededMore).toBeGreaterThan(0);
    expect(few.message).toContain(`about ${few.neededMore} more datapoints`);
    expect(judge({ atLeast: 0.9 }, share(88, 12)).neededMore).toBeGreaterThan(100);
  });

  it('could not run without the score, without a baseline, without a common datapoint, and for categories', () => {
    expect(judge({ score: 'none', atLeast: 1 }, share(1, 1))).toMatchObject({
      verdict: 'could_not_run',
      message: 'There is no score none; there are ok.',
    });
    expect(judge({ nonInferiorBy: 0.1 }, share(1, 1)).message).toBe('There is no baseline to compare with.');
    expect(judge({ nonInferiorBy: 0.1 }, [true], [undefined, true]).message).toBe('No datapoint has ok in both runs.');
    expect(judge({ atLeast: 1 }, ['a', 'b'])).toMatchObject({ verdict: 'could_not_run' });
    const failed = judgeGate(gateSchema.parse({ score: 'ok', atLeast: 1 }), {
      run: scored({ ok: [undefined] }),
      baseline: undefined,
    });
    expect(failed.message).toBe('ok gave no score: it abstained 0 times, was skipped 0 times and failed 1 times.');
  });

  it('has one condition', () => {
    expect(gateSchema.safeParse({ score: 'a' }).success).toBe(false);
    expect(gateSchema.safeParse({ score: 'a', atLeast: 1, atMost: 2 }).success).toBe(false);
  });

  it('with others ends as the gravest', () => {
    const of = (...verdicts: GateVerdict[]) =>
      judgeAll(verdicts.map((verdict) => ({ ...judge({ atLeast: 0 }, [1, 2]), verdict })));
    expect(of()).toBe('passed');
    expect(of('passed', 'inconclusive')).toBe('inconclusive');
    expect(of('regression', 'inconclusive')).toBe('regression');
    expect(of('regression', 'could_not_run')).toBe('could_not_run');
  });
});
