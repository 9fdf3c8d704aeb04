/** Datasets, runs, comparison and gates over HTTP, before a simulated provider, with evaluators of files. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ChatCompletionRequest, LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';

const EXACT = `export default { returns: 'boolean', online: false,
  evaluate: (log, datapoint) => log.output.text === datapoint.target.answer };`;
const LENGTH = `export default { returns: 'number', online: false, evaluate: (log) => log.output.text.length };`;

let folder: string;
let provider: LLMock;
let gradeway: Gradeway;

/** The good model doubles; the bad one does so for every third number only. */
function answerOf(model: string, asked: number): string {
  return model === 'bad' && asked % 3 !== 0 ? 'no idea' : String(asked * 2);
}

function isAbout({ messages }: ChatCompletionRequest, asked: number): boolean {
  return JSON.stringify(messages.at(-1)).includes(`Double ${asked}"`);
}

beforeAll(async () => {
  provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 1 });
  for (const model of ['good', 'bad'])
    for (let asked = 0; asked < 30; asked += 1)
      provider.on(
        { predicate: (request) => request.model === model && isAbout(request, asked) },
        { content: answerOf(model, asked) },
      );
  await provider.start();
  folder = await mkdtemp(join(tmpdir(), 'gradeway-runs-'));
  await writeFile(join(folder, 'exact.js'), EXACT);
  await writeFile(join(folder, 'length.js'), LENGTH);
  const config = loadConfig({
    cwd: folder,
    env: {
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_PORT: '0',
      GRADEWAY_DATABASE_URL: `sqlite:${join(folder, 'gradeway.db')}`,
      GRADEWAY_EVALUATORS: folder,
      GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
      GRADEWAY_UPSTREAM_OPENAI_KEY: 'test',
    },
  });
  gradeway = await startGradeway(config, { role: 'serve' });
}, 30_000);
afterAll(async () => {
  await gradeway.close();
  await provider.stop();
  await rm(folder, { recursive: true });
});

async function call(method: string, path: string, body?: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${gradeway.url}/api/v1${path}`, {
    method,
    body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body),
  });
  const json = (await response.json()) as Record<string, unknown>;
  if (response.status >= 400) throw new Error(JSON.stringify(json));
  return json;
}

async function finished(id: unknown): Promise<Record<string, unknown>> {
  const response = await fetch(`${gradeway.url}/api/v1/runs/${id as string}/stream`);
  const events = await response.text();
  const last = events.trim().split('\n\n').at(-1)!;
  expect(last).toMatch(/^event: end\n/);
  return JSON.parse(last.slice(last.indexOf('data: ') + 6)) as Record<string, unknown>;
}

const run = (model: string): Promise<Record<string, unknown>> =>
  call('POST', '/runs', {
    name: model,
    dataset: { name: 'doubles' },
    outputs: { from: 'generated', config: { model, prompt: 'Double {{ inputs.n }}' } },
    evaluators: [{ name: 'exact' }, { name: 'length' }],
  });

describe('a change of the model', () => {
  it('is judged by the same evaluators over a dataset, compared with a baseline, and held up by a gate', async () => {
    await call('POST', '/datasets', { name: 'doubles' });
    const lines = Array.from({ length: 30 }, (_, n) =>
      JSON.stringify({ inputs: { n }, target: { answer: String(n * 2) } }),
    );
    await call('POST', '/datasets/doubles/import', lines.join('\n'));
    const [good, bad] = [await run('good'), await run('bad')];
    for (const one of [good, bad])
      expect(await finished(one.id)).toMatchObject({
        run: { state: 'completed', outputs: 30, spec: { dataset: { version: 1 } } },
        progress: { outputsThere: 30, outputsFailed: 0, evaluators: { exact: { scored: 30 }, length: { scored: 30 } } },
      });
    expect(await call('GET', `/runs/${good.id as string}/summary`)).toMatchObject({
      scores: [
        { score: 'exact', kind: 'boolean', mean: 1, datapoints: 30 },
        { score: 'length', kind: 'number' },
      ],
    });
    const compared = await call('POST', `/runs/${bad.id as string}/compare`, { baseline: good.id, worst: 3 });
    expect(compared.scores).toMatchObject([
      { score: 'exact', pairs: 30, before: 1, after: 1 / 3, difference: -2 / 3, verdict: 'worse', lost: 20, gained: 0 },
      { score: 'length', verdict: 'better' },
    ]);
    const [{ worse }] = compared.scores as [{ worse: { logAfter: string; before: number; after: number }[] }];
    expect(worse).toHaveLength(3);
    const log = await call('GET', `/logs/${worse[0]!.logAfter}`);
    expect(log).toMatchObject({ output: { text: 'no idea' }, properties: { run: 'bad' } });
    const gates = [{ score: 'exact', nonInferiorBy: 0.03 }];
    const judge = (of: Record<string, unknown>, baseline: Record<string, unknown>) =>
      call('POST', `/runs/${of.id as string}/gates`, { baseline: baseline.id, gates });
    expect(await judge(bad, good)).toMatchObject({ verdict: 'regression' });
    expect(await judge(good, bad)).toMatchObject({ verdict: 'passed' });
  });

  it('takes outputs and scores that others post, and its logs are of no live rule', async () => {
    const made = await call('POST', '/runs', {
      name: 'posted',
      dataset: { name: 'doubles', sample: 2 },
      outputs: { from: 'posted' },
      evaluators: [{ name: 'exact' }, { name: 'ragas', posted: true, returns: 'number' }],
    });
    const { datapoints } = (await call('GET', '/datasets/doubles/datapoints?limit=1000')) as {
      datapoints: { id: string; target: { answer: string } }[];
    };
    const outputs = datapoints.map(({ id, target }) => ({ datapointId: id, output: target.answer, model: 'ours' }));
    const kept = (await call('POST', `/runs/${made.id as string}/outputs`, { outputs })) as {
      outputs: { logId: string }[];
    };
    const results = datapoints.map(({ id }) => ({ datapointId: id, evaluator: 'ragas', value: 0.5 }));
    await call('POST', `/runs/${made.id as string}/results`, { results });
    expect(await finished(made.id)).toMatchObject({ run: { state: 'completed' } });
    expect(await call('GET', `/logs/${kept.outputs[0]!.logId}`)).toMatchObject({
      output: { text: '0' },
      scores: [],
      evaluations: [],
    });
    expect(await call('GET', `/runs/${made.id as string}/summary`)).toMatchObject({
      scores: [
        { score: 'exact', mean: 1 },
        { score: 'ragas', mean: 0.5 },
      ],
    });
  });

  it('says what is wrong with a run', async () => {
    const spec = { name: 'x', dataset: { name: 'doubles' }, outputs: { from: 'existing' } };
    await expect(call('POST', '/runs', { ...spec, evaluators: [{ name: 'exactt' }] })).rejects.toThrow(
      'did you mean exact?',
    );
    await expect(call('POST', '/runs', { ...spec, dataset: { name: 'none' } })).rejects.toThrow('There is no dataset');
    const config = { model: 'm', prompt: 'Hi {{ inputs.n' };
    await expect(call('POST', '/runs', { ...spec, outputs: { from: 'generated', config } })).rejects.toThrow(
      'not closed',
    );
    const cancelled = await call('POST', '/runs', { ...spec, outputs: { from: 'posted' } });
    expect(await call('POST', `/runs/${cancelled.id as string}/cancel`)).toMatchObject({ state: 'cancelled' });
  });
});
