import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../../src/model/id.ts';
import type { Run, RunOutput, RunResult } from '../../../src/model/run.ts';
import { changeDataset, type OfferedDatapoint } from '../../../src/offline/datasets/change-dataset.ts';
import { workRun } from '../../../src/offline/runs/work-run.ts';
import { newLog } from '../../fixtures/new-log.ts';
import { type KnownRun, knownRun, PROJECT } from './known-run.ts';

const ALL = { from: 0, to: 1e9 };
const DATASET = { name: 'faq', version: 1 };
const GENERATED = {
  from: 'generated',
  config: { model: 'small', prompt: 'What is {{ inputs.n }}?' },
  fresh: true,
} as const;

let known: KnownRun;
beforeAll(async () => {
  known = await knownRun(6);
});
beforeEach(() => known.reset());
afterAll(() => known.close());

const work = (run: Run, signal: AbortSignal = new AbortController().signal) => workRun(run, known.parts, signal);

async function kept({ id }: Run): Promise<{ outputs: RunOutput[]; results: RunResult[] }> {
  return { outputs: await known.store.runs.outputs(id, ALL), results: await known.store.runs.results(id, ALL) };
}

/** Whatever somebody else is to post. */
async function post(run: Run): Promise<void> {
  const { runs, datasets, logs } = known.store;
  const there = new Set((await runs.outputs(run.id, ALL)).map(({ position }) => position));
  for (const { id, position } of await datasets.datapoints(PROJECT, 'faq', 1, { after: null, limit: 100 })) {
    if (there.has(position) || run.spec.outputs.from !== 'posted') continue;
    const log = newLog();
    await logs.add([log], Date.now());
    const output = { position, repetition: 0, datapointId: id, logId: log.id, failure: null, requestHash: null };
    await runs.putOutputs(run.id, [{ ...output, costUsd: null, durationMs: null, atMs: 1 }], true);
  }
  for (const { position } of await runs.outputs(run.id, ALL))
    for (const { name } of run.spec.evaluators.filter(({ posted }) => posted)) {
      const result = {
        position,
        repetition: 0,
        evaluator: name,
        name,
        version: '',
        outcome: 'scored',
        value: 1,
      } as const;
      await runs.putResults(
        run.id,
        [{ ...result, reason: null, code: null, durationMs: null, costUsd: null, atMs: 1 }],
        true,
      );
    }
}

describe.each(['generated', 'posted', 'existing'] as const)('a run whose outputs are %s', (from) => {
  it.each([
    ['evaluators here', [{ name: 'good' }]],
    ['external evaluators', [{ name: 'ragas', posted: true }]],
    ['people', [{ name: 'panel', posted: true, returns: 'number' as const }]],
    ['all three', [{ name: 'good' }, { name: 'ragas', posted: true }, { name: 'panel', posted: true }]],
  ])('is completed with %s', async (_whose, evaluators) => {
    const run = await known.create({
      name: 'r',
      dataset: DATASET,
      outputs: from === 'generated' ? GENERATED : { from },
      evaluators,
    });
    const isWaiting = from === 'posted' || evaluators.some((one) => 'posted' in one);
    expect(await work(run)).toEqual({ state: isWaiting ? 'waiting' : 'completed' });
    await post(run);
    expect(await work(run)).toEqual({ state: 'completed' });
    const { outputs, results } = await kept(run);
    expect(outputs.map(({ position, failure }) => [position, failure])).toEqual(
      [0, 1, 2, 3, 4, 5].map((at) => [at, null]),
    );
    expect(results.map(({ position, evaluator }) => `${position} ${evaluator}`).toSorted()).toEqual(
      [0, 1, 2, 3, 4, 5].flatMap((at) => evaluators.map(({ name }) => `${at} ${name}`)).toSorted(),
    );
    expect(known.calls).toHaveLength(from === 'generated' ? 6 : 0);
    const { outputs: expected, outputsThere } = await known.store.runs.progress(run.id);
    expect([expected, outputsThere]).toEqual([6, 6]);
  });
});

describe('a run', () => {
  it('asks with the prompt, and marks the call with its name', async () => {
    const run = await known.create({ name: 'nightly', dataset: { ...DATASET, sample: 1 }, outputs: GENERATED });
    await work(run);
    expect(known.calls).toHaveLength(1);
    const [call] = known.calls;
    const { outputs } = await kept(run);
    expect(call).toMatchObject({ upstream: 'openai', path: '/v1/chat/completions', properties: { run: 'nightly' } });
    expect(JSON.parse(call!.body)).toEqual({
      model: 'small',
      messages: [{ role: 'user', content: `What is ${outputs[0]!.position}?` }],
    });
    expect(outputs[0]).toMatchObject({ logId: call!.logId, failure: null });
  });

  it('does nothing twice, wherever it is cut off', async () => {
    for (const cutAfter of [1, 2, 5, 7, 11]) {
      const [calls, evaluated] = [known.calls.length, known.evaluated.length];
      const run = await known.create({
        name: `cut after ${cutAfter}`,
        dataset: DATASET,
        outputs: GENERATED,
        evaluators: [{ name: 'good' }],
        concurrency: 1,
      });
      const stop = new AbortController();
      const real = known.parts.evaluators.evaluate;
      let steps = 0;
      const counted =
        <Given extends unknown[], Answer>(call: (...given: Given) => Promise<Answer>) =>
        (...given: Given): Promise<Answer> => {
          if (++steps === cutAfter) stop.abort(new Error('cut'));
          return call(...given);
        };
      const parts = {
        ...known.parts,
        callModel: counted(known.parts.callModel),
        evaluators: { ...known.parts.evaluators, evaluate: counted(real) },
      };
      const end = await workRun(run, parts, stop.signal).catch((error: Error) => error.message);
      expect(end).toBeOneOf(['cut', { state: 'completed' }]);
      const before = await kept(run);
      expect(await work(run)).toEqual({ state: 'completed' });
      const { outputs, results } = await kept(run);
      expect([outputs.length, results.length]).toEqual([6, 6]);
      for (const output of before.outputs) expect(outputs).toContainEqual(output);
      for (const result of before.results) expect(results).toContainEqual(result);
      // What was kept was not asked for again.
      expect(known.calls.length - calls).toBe(6);
      expect(new Set(known.evaluated.slice(evaluated)).size).toBe(6);
    }
  });

  it('takes again what the same request has answered, unless it is to be fresh or repeated', async () => {
    const outputs = { ...GENERATED, config: { ...GENERATED.config, seed: 7 }, fresh: false };
    const spec = { name: 'r', dataset: DATASET, outputs };
    await work(await known.create(spec));
    const again = await known.create(spec);
    await work(again);
    expect(known.calls).toHaveLength(6);
    expect((await kept(again)).outputs.every(({ logId, costUsd }) => logId !== null && costUsd === null)).toBe(true);
    await work(await known.create({ ...spec, outputs: { ...outputs, fresh: true } }));
    expect(known.calls).toHaveLength(12);
    await work(await known.create({ ...spec, repetitions: 2 }));
    expect(known.calls).toHaveLength(24);
    const other = { ...outputs, config: { ...outputs.config, temperature: 1 } };
    await work(await known.create({ ...spec, outputs: other }));
    expect(known.calls).toHaveLength(30);
  });

  it('stops with what it has when its cap is spent, and never goes over it by more than a call', async () => {
    known.costUsd = 0.25;
    const run = await known.create({
      name: 'r',
      dataset: DATASET,
      outputs: GENERATED,
      spendCapUsd: 0.8,
      concurrency: 4,
    });
    expect(await work(run)).toEqual({ state: 'cancelled', reason: 'The spend cap of 0.8 USD is reached.' });
    const { costUsd, outputsThere } = await known.store.runs.progress(run.id);
    expect([costUsd, outputsThere]).toEqual([0.75, 3]);
  });

  it('asks again where the provider asks for it, and keeps what it says where that does not help', async () => {
    const slow = { status: 429, headers: { 'retry-after': '0' }, body: Buffer.from('{}') };
    const bad = { status: 400, headers: {}, body: Buffer.from('{"error":{"message":"no such model"}}') };
    known.answers.push(slow, slow, bad);
    const run = await known.create({
      name: 'r',
      dataset: DATASET,
      outputs: GENERATED,
      concurrency: 1,
      evaluators: [{ name: 'good' }],
    });
    expect(await work(run)).toEqual({ state: 'completed' });
    const { outputs, results } = await kept(run);
    expect(known.calls).toHaveLength(8);
    expect(outputs.filter(({ failure }) => failure !== null)).toMatchObject([
      { position: 0, logId: null, failure: 'The provider answered 400: no such model' },
    ]);
    expect(results).toHaveLength(5);
  });

  it('sends recorded requests again, to another model, with their tools, without streaming', async () => {
    const tools = [{ type: 'function', function: { name: 'weather' } }];
    const messages = [
      { role: 'system', content: 'Be kind.' },
      { role: 'user', content: 'Hi' },
      { role: 'tool', tool_call_id: 'c', content: '20' },
    ];
    const body = {
      model: 'old',
      messages,
      tools,
      stream: true,
      stream_options: { include_usage: true },
      temperature: 0.2,
    };
    const log = newLog({ requestBody: Buffer.from(JSON.stringify(body)) });
    await known.store.logs.add([log, newLog({ requestOmitted: true, requestBody: undefined })], Date.now());
    await known.store.datasets.create(
      { id: newId(), projectId: PROJECT, name: 'week', description: null, createdAtMs: 1 },
      10,
    );
    const made = (logId: string): OfferedDatapoint => ({
      at: logId,
      source: { from: 'log', logId },
      datapoint: { inputs: {}, messages, target: null, metadata: {} },
    });
    const source = { from: 'api' } as const;
    const datapoints = [made(log.id), made(newId()), { ...made(log.id), source }];
    await changeDataset(known.store.datasets, { projectId: PROJECT, name: 'week', datapoints });
    const config = { model: 'new', system: 'Be brief.', parameters: { temperature: 1 } };
    const run = await known.create({
      name: 'r',
      dataset: { name: 'week', version: 1 },
      outputs: { from: 'replayed', config },
    });
    expect(await work(run)).toEqual({ state: 'completed' });
    expect(known.calls).toHaveLength(1);
    expect(known.calls[0]).toMatchObject({ upstream: 'openai', path: '/v1/chat/completions' });
    expect(JSON.parse(known.calls[0]!.body)).toEqual({
      model: 'new',
      messages: [{ role: 'system', content: 'Be brief.' }, ...messages.slice(1)],
      tools,
      temperature: 1,
    });
    expect((await kept(run)).outputs.map(({ failure }) => failure)).toEqual([
      null,
      'The log that the datapoint was made from is gone.',
      'The datapoint was not made from a log.',
    ]);
  });

  it('says of a datapoint that the prompt does not fit why it has no output', async () => {
    const config = { model: 'small', prompt: 'What is {{ inputs.city }}?' };
    const run = await known.create({ name: 'r', dataset: DATASET, outputs: { from: 'generated', config } });
    expect(await work(run)).toEqual({ state: 'completed' });
    const { outputs } = await kept(run);
    expect(outputs[0]).toMatchObject({ failure: 'The datapoint has no inputs.city, which the prompt names.' });
    expect(known.calls).toEqual([]);
  });

  it('shows evaluators the datapoint, and skips those that need a target where there is none', async () => {
    const seen: unknown[] = [];
    known.evaluate = ({ datapoint }) => {
      seen.push(datapoint);
      return { outcome: 'abstained', reason: 'no', durationMs: 1, printed: '' };
    };
    const run = await known.create({
      name: 'r',
      dataset: DATASET,
      outputs: { from: 'existing' },
      evaluators: [{ name: 'same' }],
    });
    await work(run);
    const { results } = await kept(run);
    expect(results.map(({ outcome }) => outcome)).toEqual([0, 1, 2].flatMap(() => ['abstained', 'skipped']));
    expect(results[1]!.reason).toBe('It compares with a target, and the datapoint has none.');
    expect(seen).toHaveLength(3);
    expect(seen[0]).toMatchObject({ input: { n: 0 }, inputs: { n: 0 }, messages: null, target: { n: 0 } });
  });

  it('tries a failure that may pass three times, and keeps the last', async () => {
    let tries = 0;
    known.evaluate = () => {
      tries += 1;
      return { outcome: 'failed', code: 'timeout', message: 'too slow', retryable: true, durationMs: 1, printed: '' };
    };
    const dataset = { ...DATASET, sample: 1 };
    const run = await known.create({
      name: 'r',
      dataset,
      outputs: { from: 'existing' },
      evaluators: [{ name: 'good' }],
    });
    await work(run);
    expect(tries).toBe(3);
    expect((await kept(run)).results).toMatchObject([
      { outcome: 'failed', code: 'timeout', reason: 'too slow', value: null },
    ]);
  });

  it('evaluates no log of another project, and says of one that is gone that it is', async () => {
    const key = await known.store.keys.create(
      { id: newId(), project: 'other', name: 'k', hash: 'h', last4: 'abcd', scopes: ['read'], createdAtMs: 1 },
      newId(),
    );
    const foreign = newLog({ projectId: key.projectId });
    await known.store.logs.add([foreign], Date.now());
    const run = await known.create({
      name: 'r',
      dataset: DATASET,
      outputs: { from: 'posted' },
      evaluators: [{ name: 'good' }],
    });
    const [one, two] = await known.store.datasets.datapoints(PROJECT, 'faq', 1, { after: null, limit: 2 });
    const output = { repetition: 0, failure: null, requestHash: null, costUsd: null, durationMs: null, atMs: 1 };
    await known.store.runs.putOutputs(
      run.id,
      [
        { ...output, position: 0, datapointId: one!.id, logId: foreign.id },
        { ...output, position: 1, datapointId: two!.id, logId: newId() },
      ],
      true,
    );
    await work(run);
    expect((await kept(run)).results).toMatchObject(
      [0, 1].map((position) => ({ position, outcome: 'skipped', reason: 'The log is gone.' })),
    );
    expect(known.evaluated).toEqual([]);
  });

  it('looks at a part or a sample, the same each time', async () => {
    const positions = async (dataset: object): Promise<number[]> => {
      const run = await known.create({ name: 'r', dataset: { ...DATASET, ...dataset }, outputs: { from: 'existing' } });
      await work(run);
      return (await kept(run)).outputs.map(({ position }) => position);
    };
    const [train, test] = [
      await positions({ split: 'train', testShare: 0.5 }),
      await positions({ split: 'test', testShare: 0.5 }),
    ];
    expect(new Set([...train, ...test])).toEqual(new Set([0, 1, 2, 3, 4, 5]));
    expect(train.length + test.length).toBe(6);
    const small = await positions({ sample: 2 });
    expect(small).toHaveLength(2);
    expect(await positions({ sample: 4 })).toEqual(expect.arrayContaining(small));
    expect(await positions({ sample: 99 })).toHaveLength(6);
  });
});
