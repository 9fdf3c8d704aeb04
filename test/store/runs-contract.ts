/** What every engine's store does with runs. Called once per engine with a way to open a fresh, empty store. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { type Run, type RunOutput, type RunResult, runSpecSchema } from '../../src/model/run.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const ALL = { from: 0, to: 1e9 };

export function newRun(changes: Partial<Run> = {}): Run {
  return {
    id: newId(),
    projectId: PROJECT,
    spec: runSpecSchema.parse({
      name: 'nightly \u0000 run',
      dataset: { name: 'faq', version: 3 },
      outputs: { from: 'generated', config: { model: 'small' } },
      evaluators: [{ name: 'tone', version: 'v1' }],
    }),
    state: 'pending',
    reason: null,
    outputs: 0,
    createdAtMs: NOW,
    startedAtMs: null,
    endedAtMs: null,
    ...changes,
  };
}

export function newOutput(position: number, changes: Partial<RunOutput> = {}): RunOutput {
  return {
    position,
    repetition: 0,
    datapointId: newId(),
    logId: newId(),
    failure: null,
    requestHash: null,
    costUsd: null,
    durationMs: 12.5,
    atMs: NOW,
    ...changes,
  };
}

export function newResult(position: number, changes: Partial<RunResult> = {}): RunResult {
  return {
    position,
    repetition: 0,
    evaluator: 'tone',
    name: 'tone',
    version: 'v1',
    outcome: 'scored',
    value: true,
    reason: null,
    code: null,
    durationMs: 3,
    costUsd: null,
    atMs: NOW,
    ...changes,
  };
}

export function runsContract(open: () => Promise<Store>): void {
  let store: Store;
  beforeEach(async () => {
    store = await open();
  });
  afterEach(() => store.close());

  const lease = (holder: string, nowMs = NOW) => ({ holder, nowMs, untilMs: nowMs + 10_000 });

  describe('runs', () => {
    it('are found as they were made, by their project alone, and listed the newest first', async () => {
      const made = [newRun(), newRun(), newRun()];
      for (const run of made) await store.runs.create(run);
      expect(await store.runs.find(PROJECT, made[0]!.id)).toEqual(made[0]);
      expect(await store.runs.find(newId(), made[0]!.id)).toBeUndefined();
      const listed = await store.runs.list(PROJECT, { after: null, limit: 2 });
      expect(listed.map(({ id }) => id)).toEqual([made[2]!.id, made[1]!.id]);
      const rest = await store.runs.list(PROJECT, { after: listed[1]!.seq, limit: 10 });
      expect(rest.map(({ id }) => id)).toEqual([made[0]!.id]);
    });

    it('are held by one at a time, and by another when its lease is over', async () => {
      const run = newRun();
      await store.runs.create(run);
      expect(await store.runs.take(run.id, lease('one'))).toBe(true);
      expect(await store.runs.find(PROJECT, run.id)).toMatchObject({ state: 'running', startedAtMs: NOW });
      expect(await store.runs.take(run.id, lease('two', NOW + 9000))).toBe(false);
      expect(await store.runs.open('two', NOW + 9000)).toEqual([]);
      expect(await store.runs.take(run.id, lease('one', NOW + 9000))).toBe(true);
      expect(await store.runs.open('two', NOW + 30_000)).toMatchObject([{ id: run.id, posted: 0 }]);
      expect(await store.runs.take(run.id, lease('two', NOW + 30_000))).toBe(true);
      expect(await store.runs.find(PROJECT, run.id)).toMatchObject({ startedAtMs: NOW });
      expect(await store.runs.settle(run.id, 'cancelled', 'by hand', NOW + 5)).toBe(true);
      expect(await store.runs.settle(run.id, 'completed', null, NOW + 6)).toBe(false);
      expect(await store.runs.take(run.id, lease('two', NOW + 60_000))).toBe(false);
      expect(await store.runs.open('two', NOW + 60_000)).toEqual([]);
      expect(await store.runs.find(PROJECT, run.id)).toMatchObject({
        state: 'cancelled',
        reason: 'by hand',
        endedAtMs: NOW + 5,
      });
    });

    it('keep outputs by cell: one that is there stays, one that failed is replaced', async () => {
      const run = newRun();
      await store.runs.create(run);
      const [first, failed] = [
        newOutput(0, { costUsd: 0.25, requestHash: 'ab'.repeat(32) }),
        newOutput(1, { logId: null, failure: 'no answer' }),
      ];
      await store.runs.putOutputs(run.id, [failed, first], false);
      expect(await store.runs.outputs(run.id, ALL)).toEqual([first, failed]);
      const second = newOutput(0, { repetition: 1 });
      const mended = { ...failed, logId: newId(), failure: null };
      await store.runs.putOutputs(run.id, [{ ...first, logId: newId() }, mended, second], false);
      expect(await store.runs.outputs(run.id, ALL)).toEqual([first, second, mended]);
      expect(await store.runs.outputs(run.id, { from: 1, to: 1 })).toEqual([mended]);
      expect(await store.runs.outputOf(run.id, mended.datapointId, 0)).toEqual(mended);
      expect(await store.runs.outputOf(run.id, mended.datapointId, 1)).toBeUndefined();
    });

    it('keep results of every kind, and replace those of the same evaluator and cell', async () => {
      const run = newRun();
      await store.runs.create(run);
      const results = [
        newResult(0, { evaluator: 'a', name: 'a:one', value: 0.5, reason: 'so' }),
        newResult(0, { evaluator: 'a', name: 'a:two', value: 'blue' }),
        newResult(0, { value: false }),
        newResult(1, { outcome: 'abstained', value: null, reason: 'nothing to say' }),
        newResult(2, { outcome: 'failed', value: null, code: 'threw', costUsd: 0.5 }),
      ];
      await store.runs.putResults(run.id, results, false);
      expect(await store.runs.results(run.id, ALL)).toEqual(results);
      const again = newResult(0, { evaluator: 'a', name: 'a:one', value: 1, version: 'v2' });
      await store.runs.putResults(run.id, [again], true);
      expect(await store.runs.results(run.id, { from: 0, to: 0 })).toEqual([again, results[2]]);
      expect(await store.runs.open('x', NOW)).toMatchObject([{ posted: 1 }]);
    });

    it('are found by the log that is an output of theirs', async () => {
      const [one, other] = [newRun(), newRun()];
      const log = newId();
      for (const run of [one, other]) {
        await store.runs.create(run);
        await store.runs.putOutputs(run.id, [newOutput(0), newOutput(1, { logId: log, datapointId: one.id })], false);
      }
      const cell = { position: 1, repetition: 0, datapointId: one.id };
      expect(await store.runs.ofLog(PROJECT, log)).toEqual([
        { runId: other.id, ...cell },
        { runId: one.id, ...cell },
      ]);
      expect(await store.runs.ofLog(newId(), log)).toEqual([]);
    });

    it('take further evaluators, also when they are completed, and are not completed behind their back', async () => {
      const run = newRun({ state: 'running' });
      await store.runs.create(run);
      const more = [{ name: 'panel', posted: true }];
      expect(await store.runs.extend(newId(), run.id, more)).toBe(false);
      expect(await store.runs.extend(PROJECT, run.id, more)).toBe(true);
      expect(await store.runs.extend(PROJECT, run.id, more)).toBe(false);
      const found = await store.runs.find(PROJECT, run.id);
      expect(found).toMatchObject({ state: 'running', spec: { evaluators: [...run.spec.evaluators, ...more] } });
      expect(await store.runs.settle(run.id, 'completed', null, NOW, 0)).toBe(false);
      expect(await store.runs.settle(run.id, 'completed', null, NOW, 1)).toBe(true);
      expect(await store.runs.extend(PROJECT, run.id, [{ name: 'third', posted: false }])).toBe(true);
      expect(await store.runs.find(PROJECT, run.id)).toMatchObject({ state: 'pending', endedAtMs: null });
      await store.runs.settle(run.id, 'cancelled', 'by hand', NOW);
      expect(await store.runs.extend(PROJECT, run.id, [{ name: 'fourth', posted: false }])).toBe(false);
    });

    it('say how far they are', async () => {
      const run = newRun();
      await store.runs.create(run);
      await store.runs.expect(run.id, 4);
      await store.runs.putOutputs(
        run.id,
        [newOutput(0, { costUsd: 1 }), newOutput(1), newOutput(2, { logId: null, failure: 'x' })],
        false,
      );
      await store.runs.putResults(
        run.id,
        [
          newResult(0, { name: 'tone:a' }),
          newResult(0, { name: 'tone:b', costUsd: 0.5 }),
          newResult(1, { outcome: 'failed', value: null }),
        ],
        false,
      );
      expect(await store.runs.progress(run.id)).toEqual({
        outputs: 4,
        outputsThere: 2,
        outputsFailed: 1,
        evaluators: { tone: { scored: 1, abstained: 0, skipped: 0, failed: 1 } },
        costUsd: 1.5,
      });
    });

    it('find what a request has answered before, of the same project, while its log is there', async () => {
      const [log, gone] = [newLog(), newId()];
      await store.logs.add([log], NOW);
      const [run, other] = [newRun(), newRun()];
      for (const one of [run, other]) await store.runs.create(one);
      const [hash, lost] = ['01'.repeat(32), '02'.repeat(32)];
      await store.runs.putOutputs(
        run.id,
        [
          newOutput(0, { logId: log.id, requestHash: hash, costUsd: 2 }),
          newOutput(1, { logId: gone, requestHash: lost }),
        ],
        false,
      );
      expect(await store.runs.cached(PROJECT, [hash, lost, '03'.repeat(32)])).toEqual({
        [hash]: { logId: log.id, costUsd: 2 },
      });
      expect(await store.runs.cached(newId(), [hash])).toEqual({});
    });

    it('that are removed are gone with outputs and results', async () => {
      const [run, kept] = [newRun(), newRun()];
      for (const one of [run, kept]) {
        await store.runs.create(one);
        const positions = Array.from({ length: 450 }, (_, index) => index);
        await store.runs.putOutputs(
          one.id,
          positions.map((at) => newOutput(at)),
          false,
        );
        await store.runs.putResults(
          one.id,
          positions.map((at) => newResult(at)),
          false,
        );
      }
      expect(await store.runs.remove(newId(), run.id)).toBe(false);
      expect(await store.runs.remove(PROJECT, run.id)).toBe(true);
      expect(await store.runs.remove(PROJECT, run.id)).toBe(false);
      expect(await store.runs.outputs(run.id, ALL)).toEqual([]);
      expect(await store.runs.results(kept.id, ALL)).toHaveLength(450);
      expect(await store.runs.outputs(kept.id, ALL)).toHaveLength(450);
      // Written by somebody who does not know yet.
      await store.runs.putOutputs(run.id, [newOutput(0)], false);
    });
  });
}
