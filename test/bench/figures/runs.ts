/** Runs over datasets: evaluators over existing logs, how busy generation keeps its concurrency, and comparing two runs. */
import { join } from 'node:path';
import { startEvaluators } from '../../../src/evaluation/evaluators.ts';
import { newId } from '../../../src/model/id.ts';
import { type Run, runSpecSchema } from '../../../src/model/run.ts';
import { compareRuns } from '../../../src/offline/comparison/compare-runs.ts';
import { readRunScores } from '../../../src/offline/comparison/run-scores.ts';
import { changeDataset, type OfferedDatapoint } from '../../../src/offline/datasets/change-dataset.ts';
import type { RunParts } from '../../../src/offline/runs/run-parts.ts';
import { workRun } from '../../../src/offline/runs/work-run.ts';
import { openStore } from '../../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../../src/store/store.ts';
import type { Figure, Row } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { seeded } from '../random.ts';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'evaluators');
const EVALUATORS = ['json-valid', 'finished', 'refusal', 'latency', 'output-length'];
const PROVIDER_MS = 500;
const CONCURRENCY = 50;
const CHUNK = 500;

export const runs: Figure = {
  name: 'runs',
  title: 'Runs over datasets',
  async run(bench) {
    const count = bench.quick ? 500 : 10_000;
    const store = await openStore({ engine: 'sqlite', path: join(bench.folder, 'runs.db') });
    const evaluators = await startEvaluators({ folder: FOLDER, watch: false });
    try {
      await fill(store, count);
      const parts: RunParts = {
        store,
        evaluators,
        upstreams: new Map([['openai', 'openai']]),
        callModel: () =>
          new Promise((resolve) =>
            setTimeout(resolve, PROVIDER_MS, { status: 200, headers: {}, body: Buffer.from('{}') }),
          ),
      };
      return [
        ...(await overLogs(parts, count)),
        await generating(parts, bench.quick ? 100 : 1000),
        await comparing(parts),
      ];
    } finally {
      await evaluators.close();
      await store.close();
    }
  },
};

async function fill(store: Store, count: number): Promise<void> {
  const random = seeded(5);
  const offered: OfferedDatapoint[] = [];
  for (let from = 0; from < count; from += CHUNK) {
    const logs = Array.from({ length: Math.min(CHUNK, count - from) }, () => ({
      ...fullLog(random, Date.now()),
      evaluators: [],
    }));
    await store.logs.add(logs, Date.now());
    for (const { id } of logs)
      offered.push({
        at: id,
        source: { from: 'log', logId: id },
        datapoint: { inputs: { n: offered.length }, messages: null, target: { answer: 'yes' }, metadata: {} },
      });
  }
  const made = {
    id: newId(),
    projectId: DEFAULT_PROJECT.id,
    name: 'bench',
    description: null,
    createdAtMs: Date.now(),
  };
  await store.datasets.create(made, 10);
  await changeDataset(store.datasets, { projectId: DEFAULT_PROJECT.id, name: 'bench', datapoints: offered });
}

async function begun(store: Store, changes: object): Promise<Run> {
  const spec = runSpecSchema.parse({
    name: 'bench',
    dataset: { name: 'bench', version: 1 },
    outputs: { from: 'existing' },
    ...changes,
  });
  const run: Run = {
    id: newId(),
    projectId: DEFAULT_PROJECT.id,
    spec,
    state: 'pending',
    reason: null,
    outputs: 0,
    createdAtMs: Date.now(),
    startedAtMs: null,
    endedAtMs: null,
  };
  await store.runs.create(run);
  return run;
}

/** Twice, so that there are two runs to compare. */
async function overLogs(parts: RunParts, count: number): Promise<Row[]> {
  const seconds: number[] = [];
  const memory: number[] = [];
  for (let round = 0; round < 2; round += 1) {
    const run = await begun(parts.store as Store, { evaluators: EVALUATORS.map((name) => ({ name })) });
    let highest = 0;
    const look = setInterval(() => (highest = Math.max(highest, process.memoryUsage.rss())), 100);
    const startedAt = performance.now();
    await workRun(run, parts, new AbortController().signal);
    seconds.push((performance.now() - startedAt) / 1000);
    clearInterval(look);
    memory.push(highest / 1e6);
  }
  const measure = `runs: ${count} datapoints x ${EVALUATORS.length} modules over logs`;
  return [
    { measure, unit: 's', values: seconds, goal: { text: 'under 30 s', actual: Math.max(...seconds), most: 30 } },
    { measure: 'runs: memory of the process meanwhile', unit: 'MB', values: memory },
  ];
}

async function generating(parts: RunParts, count: number): Promise<Row> {
  const config = { model: 'm', prompt: '{{ inputs.n }}' };
  const changes = { outputs: { from: 'generated', config, fresh: true }, concurrency: CONCURRENCY };
  const dataset = { name: 'bench', version: 1, sample: count };
  const run = await begun(parts.store as Store, { ...changes, dataset });
  const startedAt = performance.now();
  await workRun(run, parts, new AbortController().signal);
  const ideal = Math.ceil(count / CONCURRENCY) * PROVIDER_MS;
  const share = (100 * ideal) / (performance.now() - startedAt);
  return {
    measure: `runs: ideal time of ${count} calls of ${PROVIDER_MS} ms, ${CONCURRENCY} at once`,
    unit: '%',
    values: [share],
    goal: { text: 'at least 95 %', actual: share, least: 95 },
  };
}

async function comparing({ store }: RunParts): Promise<Row> {
  const [after, before] = (await store.runs.list(DEFAULT_PROJECT.id, { after: null, limit: 10 })).filter(
    ({ spec }) => spec.outputs.from === 'existing',
  );
  const [one, other] = [await readRunScores(store.runs, before!), await readRunScores(store.runs, after!)];
  const random = seeded(9);
  // Something to compare: the same evaluators on the same logs differ in nothing.
  for (const { values } of other.scores.get('latency')?.datapoints.values() ?? []) values[0] = random.below(1000);
  const startedAt = performance.now();
  compareRuns(one, other, { resamples: 10_000 });
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    measure: 'runs: comparing two, 10,000 resamples',
    unit: 's',
    values: [seconds],
    goal: { text: 'under 3 s', actual: seconds, most: 3 },
  };
}
