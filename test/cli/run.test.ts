/** `gradeway run` as a user and as CI calls it: a suite in a folder, a provider, no server; its exit code is the verdict. */
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, run, workplace } from './process.ts';

const EXACT = `export default { returns: 'boolean', online: false,
  evaluate: (log, datapoint) => log.output.text === datapoint.target.answer };`;

let provider: Server;
let place: ReturnType<typeof workplace>;
let env: Record<string, string>;

beforeAll(async () => {
  provider = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { model, messages } = JSON.parse(body) as { model: string; messages: { content: string }[] };
      if (model === 'down') return response.writeHead(401).end('{"error":{"message":"no such key"}}');
      const asked = Number(/\d+/.exec(messages.at(-1)!.content)![0]);
      const content = model === 'bad' && asked % 3 !== 0 ? 'no idea' : String(asked * 2);
      const choices = [{ message: { role: 'assistant', content }, finish_reason: 'stop' }];
      const usage = { prompt_tokens: 10, completion_tokens: 2, total_tokens: 12 };
      return response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ model: 'gpt-4o-mini', choices, usage }));
    });
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  place = workplace();
  writeFileSync(join(place.folder, 'evaluators/exact.js'), EXACT);
  const lines = Array.from({ length: 30 }, (_, n) =>
    JSON.stringify({ inputs: { n }, target: { answer: String(n * 2) } }),
  );
  writeFileSync(join(place.folder, 'faq.jsonl'), lines.join('\n'));
  suite('good', { gates: [{ score: 'exact', atLeast: 0.9 }] });
  env = {
    GRADEWAY_UPSTREAM_OPENAI_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
    GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-test',
  };
});
afterAll(() => {
  provider.close();
  place.remove();
});

/** Writes MODEL.yaml. YAML holds JSON. */
function suite(model: string, changes: object): void {
  const outputs = { from: 'generated', config: { model, prompt: 'Double {{ inputs.n }}' } };
  const text = JSON.stringify({
    dataset: { file: 'faq.jsonl', name: 'faq' },
    outputs,
    evaluators: ['exact'],
    ...changes,
  });
  writeFileSync(join(place.folder, `${model}.yaml`), text);
}

const gradeway = (...given: string[]): Promise<Finished> => run(place.folder, ['run', ...given], env);
const read = (name: string): string => readFileSync(join(place.folder, name), 'utf8');

describe('gradeway run', { timeout: 30_000 }, () => {
  it('passes, and a regression that is planted against that run fails', async () => {
    const passed = await gradeway('good.yaml', '--report', 'json=good.json');
    expect(passed.stderr).toContain('30 of 30 outputs, 30 of 30 evaluations');
    expect(passed.stdout).toContain('good: passed (run ');
    expect(passed.code).toBe(0);
    suite('bad', { baseline: 'good', gates: [{ score: 'exact', nonInferiorBy: 0.03 }] });
    const reports = ['json=r.json', 'markdown=r.md', 'junit=r.xml', 'github=r.txt', 'html=r.html'];
    const failed = await gradeway('bad.yaml', ...reports.flatMap((one) => ['--report', one]));
    expect(failed.stdout).toMatch(/^exact {2}33\.33 % \(.*\) {2}30 +-0\.6667 worse$/m);
    expect(failed.stdout).toContain('20 datapoints got worse in exact, the worst:');
    expect(failed.stdout).toContain('regression shown  exact differs from the baseline by -0.6667');
    expect(failed.code).toBe(1);
    expect(JSON.parse(read('r.json'))).toMatchObject({
      verdict: 'regression',
      compared: [{ score: 'exact', lost: 20 }],
    });
    expect(read('r.md')).toContain('### ❌ bad: regression shown');
    expect(read('r.xml')).toContain('<testsuite name="bad" tests="1" failures="1" errors="0">');
    expect(read('r.txt')).toMatch(/^::error title=bad%3A exact::exact differs/);
    expect(read('r.html')).toContain('<svg');
    const { scores, ...rest } = JSON.parse(read('good.json')) as { scores: { exact: { datapoints: object } } };
    const of = (datapoints: object): string =>
      JSON.stringify({ ...rest, scores: { exact: { ...scores.exact, datapoints } } });
    writeFileSync(
      join(place.folder, 'few.json'),
      of(Object.fromEntries(Object.entries(scores.exact.datapoints).slice(3, 6))),
    );
    writeFileSync(join(place.folder, 'other.json'), of({ elsewhere: [true], nowhere: [false] }));
    // The same against the report, as CI does that keeps no database.
    const again = await gradeway('bad.yaml', '--baseline', 'good.json');
    expect([again.code, again.stdout.includes('-0.6667 worse')]).toEqual([1, true]);
  });

  it('compares the two by name and by report: what got worse is a regression, whichever gate', async () => {
    const compare = (...given: string[]): Promise<Finished> => run(place.folder, ['compare', ...given], env);
    const worse = await compare('good', 'bad', '--report', 'markdown=c.md');
    expect(worse.stdout).toContain('20 datapoints got worse in exact, the worst:');
    expect(worse.stdout).toContain('bad against good: regression shown');
    expect([worse.code, worse.stderr, read('c.md').startsWith('### ❌ bad against good')]).toEqual([1, '', true]);
    const [better, gated, sample] = await Promise.all([
      compare('bad', 'good.json'),
      compare('good.json', 'bad', '--gate', 'exact:nonInferiorBy=0.9', '--gate', 'exact:atLeast=0.3'),
      compare('good', 'few.json'),
    ]);
    expect([better.code, better.stdout]).toEqual([0, expect.anything()]);
    expect([gated.code, gated.stdout]).toEqual([0, expect.anything()]);
    expect(sample.stdout).toMatch(
      /^exact: compared over the 3 datapoints of both runs; 27 are of the baseline only, 0 /m,
    );
    const [unknown, wrong, nothing] = await Promise.all([
      compare('good', 'never'),
      compare('good', 'bad', '--gate', 'exact>0.9'),
      compare('good.json', 'other.json'),
    ]);
    expect([unknown.code, unknown.stderr.includes('there is no completed run "never"')]).toEqual([64, true]);
    expect([wrong.code, wrong.stderr.includes('faithfulness:nonInferiorBy=0.03')]).toEqual([64, true]);
    expect([nothing.code, nothing.stdout.includes('They have no datapoint in common.')]).toEqual([3, true]);
  });

  it('says that few datapoints decide nothing, and how many would', async () => {
    suite('bad', { baseline: 'good.json', gates: [{ score: 'exact', nonInferiorBy: 0.03 }] });
    const { code, stdout } = await gradeway('bad.yaml', '--quick', '3');
    expect(stdout).toMatch(/about \d+ more datapoints probably would/);
    expect(code).toBe(2);
  });

  it('takes a provider that is down for no regression', async () => {
    suite('down', { baseline: 'good.json', gates: [{ score: 'exact', nonInferiorBy: 0.03 }] });
    const { code, stdout } = await gradeway('down.yaml');
    expect(stdout).toContain('30 of 30 outputs are missing');
    expect(code).toBe(3);
  });

  it.each([
    ['there is none', 'none.yaml', 'There is no suite none.yaml.'],
    [
      'a member is misspelt',
      '{"dataset": "faq", "evaluators": ["exact"], "gate": []}',
      '"gate" is not known here; did you mean gates?',
    ],
  ])('says what to mend where %s', async (_what, text, message) => {
    const name = text.endsWith('.yaml') ? text : 'wrong.yaml';
    if (name !== text) writeFileSync(join(place.folder, name), text);
    const { code, stderr } = await gradeway(name);
    expect(stderr).toContain(message);
    expect(code).toBe(64);
  });
});
