/** A store with a dataset, a model and evaluators that tests of runs have in common. The store is a real one; the model answers at once. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EvaluationRequest } from '../../../src/evaluation/evaluators.ts';
import type { ModelAnswer, ModelCall } from '../../../src/evaluation/model-call.ts';
import { newId } from '../../../src/model/id.ts';
import type { Outcome } from '../../../src/model/outcome.ts';
import { type Run, type RunSpec, runSpecSchema } from '../../../src/model/run.ts';
import type { z } from 'zod';
import { changeDataset, type OfferedDatapoint } from '../../../src/offline/datasets/change-dataset.ts';
import type { RunParts } from '../../../src/offline/runs/run-parts.ts';
import { openStore } from '../../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../../src/store/store.ts';
import { newEvaluator } from '../../fixtures/new-evaluator.ts';
import { newLog } from '../../fixtures/new-log.ts';

export const PROJECT = DEFAULT_PROJECT.id;

export interface KnownRun {
  store: Store;
  parts: RunParts;
  /** What the model was asked. */
  calls: ModelCall[];
  /** What evaluators were asked, one entry for each evaluator and log. */
  evaluated: string[];
  /** What the model answers next, in place of 200. */
  answers: ModelAnswer[];
  /** What a call costs. */
  costUsd: number | null;
  evaluate: (request: EvaluationRequest, evaluator: string) => Outcome;
  create(spec: z.input<typeof runSpecSchema>): Promise<Run>;
  /** As it was at the beginning, but for what is in the store. */
  reset(): void;
  close(): Promise<void>;
}

function good(): Outcome {
  const scores = [{ name: 'good', value: true, reason: null }];
  return { outcome: 'scored', scores, durationMs: 1, printed: '' };
}

/** A dataset `faq` of `count` datapoints, each made from a log that is there. */
export async function knownRun(count: number): Promise<KnownRun> {
  const folder = mkdtempSync(join(tmpdir(), 'gradeway-runs-'));
  const store = await openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') });
  const logs = Array.from({ length: count }, () => newLog());
  await store.logs.add(logs, Date.now());
  await store.datasets.create({ id: newId(), projectId: PROJECT, name: 'faq', description: null, createdAtMs: 1 }, 10);
  const datapoints = logs.map(({ id }, index): OfferedDatapoint => ({
    at: String(index),
    source: { from: 'log', logId: id },
    datapoint: { inputs: { n: index }, messages: null, target: index % 2 === 0 ? { n: index } : null, metadata: {} },
  }));
  await changeDataset(store.datasets, { projectId: PROJECT, name: 'faq', datapoints });
  const known: KnownRun = {
    store,
    calls: [],
    evaluated: [],
    answers: [],
    costUsd: null,
    evaluate: good,
    parts: {
      store,
      upstreams: new Map([
        ['openai', 'openai'],
        ['anthropic', 'anthropic'],
      ]),
      backoff: { firstMs: 1, longestMs: 2 },
      evaluators: {
        list: [newEvaluator('good'), newEvaluator('same', { needsTarget: true })],
        evaluate: async (requests) =>
          requests.flatMap((request) =>
            request.evaluators.map((name) => {
              known.evaluated.push(`${name} ${request.subject.id}`);
              const version = request.versions?.[name] ?? 'v1';
              return { id: request.id, evaluator: name, version, outcome: known.evaluate(request, name) };
            }),
          ),
      },
      async callModel(call) {
        known.calls.push(call);
        const answer = known.answers.shift();
        if (answer !== undefined) return answer;
        const id = call.logId!;
        const requestBody = Buffer.from(call.body);
        await store.logs.add([{ ...newLog(), id, requestId: id, costUsd: known.costUsd, requestBody }], Date.now());
        return { status: 200, headers: {}, body: Buffer.from('{}') };
      },
    },
    async create(spec) {
      const read: RunSpec = runSpecSchema.parse(spec);
      const run: Run = {
        id: newId(),
        projectId: PROJECT,
        spec: { ...read, dataset: { ...read.dataset, version: read.dataset.version ?? 1 } },
        state: 'pending',
        reason: null,
        outputs: 0,
        createdAtMs: Date.now(),
        startedAtMs: null,
        endedAtMs: null,
      };
      await store.runs.create(run);
      return run;
    },
    reset() {
      for (const list of [known.calls, known.evaluated, known.answers]) list.length = 0;
      known.costUsd = null;
      known.evaluate = good;
    },
    async close() {
      await store.close();
      rmSync(folder, { recursive: true });
    },
  };
  return known;
}
