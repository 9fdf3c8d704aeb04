import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { workRun } from '../../../src/offline/runs/work-run.ts';
import type { SuiteReport } from '../../../src/offline/suite/report.ts';
import { runSuite } from '../../../src/offline/suite/run-suite.ts';
import { readSuite } from '../../../src/offline/suite/suite.ts';
import { type KnownRun, knownRun, PROJECT } from '../runs/known-run.ts';

let known: KnownRun;
let folder: string;
beforeAll(async () => {
  known = await knownRun(6);
  folder = mkdtempSync(join(tmpdir(), 'gradeway-suite-'));
});
beforeEach(() => known.reset());
afterAll(async () => {
  await known.close();
  rmSync(folder, { recursive: true });
});

/** Runs a suite; whatever run it makes is worked on. */
async function judge(suite: object, name = 'nightly', signal = new AbortController().signal): Promise<SuiteReport> {
  let begun = false;
  const parts = {
    store: known.store,
    evaluators: known.parts.evaluators.list,
    upstreams: known.parts.upstreams,
    projectId: PROJECT,
    signal,
    onProgress: (_progress: unknown, run: { id: string }) => {
      if (begun) return;
      begun = true;
      void (async () => {
        const made = (await known.store.runs.find(PROJECT, run.id))!;
        const end = await workRun(made, known.parts, signal);
        await known.store.runs.settle(run.id, end.state, null, Date.now());
      })().catch(() => {});
    },
  };
  const file = { suite: readSuite(JSON.stringify(suite)), name, path: join(folder, 'suite.yaml') };
  return runSuite(file, parts);
}

describe('a suite', () => {
  it('over logs that are there is judged by its gates', async () => {
    const gates = [{ score: 'good', atLeast: 0.5 }];
    expect(await judge({ dataset: 'faq', evaluators: ['good'], gates })).toMatchObject({
      verdict: 'passed',
      problem: null,
      run: { state: 'completed', spec: { name: 'nightly', dataset: { name: 'faq', version: 1 } } },
      summary: { scores: [{ score: 'good', mean: 1, datapoints: 6 }] },
    });
  });

  it('is compared with the newest completed run of a name, and with a report of it', async () => {
    const before = await judge({ dataset: 'faq', evaluators: ['good'] }, 'main');
    writeFileSync(join(folder, 'main.json'), JSON.stringify(before));
    known.evaluate = () => ({
      outcome: 'scored',
      scores: [{ name: 'good', value: false, reason: null }],
      durationMs: 1,
      printed: '',
    });
    for (const baseline of ['main', before.run!.id, 'main.json']) {
      const gates = [{ score: 'good', nonInferiorBy: 0.1 }];
      const after = await judge({ dataset: 'faq', evaluators: ['good'], baseline, gates });
      expect(after).toMatchObject({ verdict: 'regression', baseline: { id: before.run!.id, name: baseline } });
      expect(after.compared).toMatchObject([{ score: 'good', difference: -1, lost: 6 }]);
    }
  });

  it('makes a dataset of its file, once for each content, whose datapoints stay the same ones', async () => {
    const file = join(folder, 'faq.jsonl');
    const versionOf = async (lines: string[]): Promise<number> => {
      writeFileSync(file, lines.join('\n'));
      const outputs = { from: 'generated', config: { model: 'small', prompt: '{{ inputs.q }}' } };
      const report = await judge({ dataset: { file: 'faq.jsonl', name: 'filed' }, outputs, evaluators: ['good'] });
      return report.run!.spec.dataset.version!;
    };
    const line = (q: string): string => JSON.stringify({ inputs: { q } });
    expect(await versionOf([line('a'), line('b'), line('b')])).toBe(1);
    expect(await versionOf([line('a'), line('b'), line('b')])).toBe(1);
    expect(await versionOf([line('b'), line('c'), line('a')])).toBe(2);
    const at = async (version: number) =>
      new Map(
        (await known.store.datasets.datapoints(PROJECT, 'filed', version, { after: null, limit: 10 })).map(
          ({ id, inputs }) => [id, inputs.q],
        ),
      );
    const [first, second] = [await at(1), await at(2)];
    expect([first.size, second.size]).toEqual([3, 3]);
    expect([...second].filter(([id]) => first.has(id)).map(([, q]) => q)).toEqual(expect.arrayContaining(['a', 'b']));
  });

  it('could not run where the outputs are missing, the run is interrupted or the dataset is empty', async () => {
    known.answers.push(...Array.from({ length: 6 }, () => ({ status: 401, headers: {}, body: Buffer.from('{}') })));
    const outputs = { from: 'generated', config: { model: 'm', prompt: 'x {{ inputs.n }}', seed: 3 } };
    const gates = [{ score: 'good', atLeast: 0 }];
    expect(await judge({ dataset: 'faq', outputs, evaluators: ['good'], gates })).toMatchObject({
      verdict: 'could_not_run',
      problem: '6 of 6 outputs are missing, more than 5 % (mostFailedOutputs).',
    });
    const stop = new AbortController();
    stop.abort();
    expect(await judge({ dataset: 'faq', evaluators: ['good'] }, 'cut', stop.signal)).toMatchObject({
      verdict: 'could_not_run',
      problem: 'The run was cancelled: It was interrupted.',
    });
  });

  it.each([
    ['an evaluator is unknown', { evaluators: ['goood'] }, 'did you mean good?'],
    ['the dataset is unknown', { dataset: 'none' }, 'There is no dataset "none".'],
    ['a file has a bad line', { dataset: { file: 'bad.jsonl' } }, 'bad.jsonl:2: it is not JSON'],
    ['the baseline is unknown', { baseline: 'never' }, 'there is no completed run "never"'],
    ['the baseline is no report', { baseline: 'bad.json' }, 'bad.json: it is no report of a suite'],
  ])('says what to mend where %s', async (_what, changes, message) => {
    writeFileSync(join(folder, 'bad.jsonl'), '{"inputs":{"n":1}}\n{');
    writeFileSync(join(folder, 'bad.json'), '{}');
    await expect(judge({ dataset: 'faq', evaluators: ['good'], ...changes })).rejects.toThrow(message);
  });

  it.each([
    ['{"dataset": "faq", "evaluators": ["exact"], "gate": []}', '"gate" is not known here; did you mean gates?'],
    ['{"dataset": "faq", "evaluators": ["exact"], "gates": [{"score": "a"}]}', 'gates.0: a gate has one of'],
    ['{"dataset": "faq", "evaluators": []}', 'evaluators'],
    ['{"dataset": {"file": "a.csv", "fromat": "csv"}, "evaluators": ["a"]}', '"fromat" is not known here'],
    ['dataset: [', 'It is not YAML'],
  ])('that is written wrong is refused with its place: %s', (text, message) => {
    expect(() => readSuite(text)).toThrow(message);
  });
});
