/** Evaluators of the kind `code` on live traffic. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { newId } from '../../src/model/id.ts';
import type { Row } from './running-gateway.ts';

const FILES = {
  'polite.py': `# returns: boolean
import re

def evaluate(log):
    print(log["model_config"]["model"], log["messages"][-1]["content"])
    return {"value": bool(re.search(r"\\bplease\\b", log["output"])), "reason": "It says please."}
`,
  'words.code.js': `// returns: number
// range: { min: 0, max: 1000 }
export default (log) => log.output.text.split(/\\s+/).length;
`,
  'scored.py': `# returns: boolean
def evaluate(log):
    return log["scores"]["known-before"] == 7 and log["feedback"][0]["value"] is True
`,
  'hangs.code.yaml':
    'language: python\nreturns: boolean\ndeadlineMs: 300\nsource: "def e(log):\\n  while True: pass"\n',
  'length.js': `export default { returns: 'number', evaluate: (log) => log.output.text.length };`,
};
const ANSWER = 'Look here, please.';

let folder: string;
let provider: LLMock;
let gradeway: Gradeway;

beforeAll(async () => {
  provider = new LLMock({ port: 0, host: '127.0.0.1', latency: 1 });
  provider.onMessage(/./, { content: ANSWER });
  await provider.start();
  folder = await mkdtemp(join(tmpdir(), 'gradeway-code-'));
  const evaluators = await mkdtemp(join(folder, 'evaluators-'));
  for (const [name, source] of Object.entries(FILES)) await writeFile(join(evaluators, name), source);
  const config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_DATABASE_URL: `sqlite:${join(folder, 'gradeway.db')}`,
      GRADEWAY_EVALUATORS: evaluators,
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
    },
    cwd: folder,
  });
  gradeway = await startGradeway(config, { role: 'serve' });
});

afterAll(async () => {
  await gradeway.close();
  await provider.stop();
  await rm(folder, { recursive: true });
});

describe('code', () => {
  it('in Python and in JavaScript scores live traffic', async () => {
    expect(gradeway.problems).toEqual([]);
    const requestId = newId();
    const headers = { 'content-type': 'application/json', authorization: 'Bearer sk-of-the-client' };
    for (const [path, body] of [
      ['score', { scores: { 'known-before': 7 } }],
      ['feedback', { rating: true }],
    ] as const) {
      const url = `${gradeway.url}/v1/request/${requestId}/${path}`;
      expect((await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).status).toBe(201);
    }
    const response = await fetch(`${gradeway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headers, 'helicone-request-id': requestId },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Where?' }] }),
    });
    expect(response.status).toBe(200);
    const id = response.headers.get('gradeway-id')!;
    let row: Row | undefined;
    const looked = async (): Promise<number> => {
      const answer = await fetch(`${gradeway.url}/v1/request/${id}`);
      row = ((await answer.json()) as { data: Row | null }).data ?? undefined;
      return row?.gradeway.evaluations.length ?? 0;
    };
    await expect.poll(looked, { timeout: 15_000 }).toBe(Object.keys(FILES).length);
    await looked();
    expect(Object.fromEntries(row!.gradeway.scores.map(({ name, value }) => [name, value]))).toEqual({
      'known-before': 7,
      'helicone-score-feedback': true,
      polite: true,
      scored: true,
      words: 3,
      length: ANSWER.length,
    });
    expect(row!.gradeway.scores.find(({ name }) => name === 'polite')?.reason).toBe('It says please.');
    const by = Object.fromEntries(row!.gradeway.evaluations.map((one) => [one.evaluator, one]));
    expect(by['polite']).toMatchObject({ outcome: 'scored', printed: 'gpt-4o-mini Where?\n' });
    expect(by['hangs']).toMatchObject({ outcome: 'failed', code: 'timeout' });
  }, 30_000);

  it('is put over the API, looks at the next call, and is refused where it cannot be read', async () => {
    const put = (source: string): Promise<Response> =>
      fetch(`${gradeway.url}/api/v1/evaluators/short`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          kind: 'code',
          returns: 'boolean',
          online: {},
          settings: { language: 'python', source },
        }),
      });
    const refused = await put('def e(log):\n  return len(log["output"] < 9');
    expect([refused.status, await refused.text()]).toEqual([
      422,
      expect.stringMatching(/settings\.source.*SyntaxError: '\(' was never closed \(line 2, column 13\)/) as unknown,
    ]);
    expect((await put('def e(log): return len(log["output"]) < 9')).status).toBe(200);
    const response = await fetch(`${gradeway.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer sk-of-the-client' },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Where?' }] }),
    });
    const id = response.headers.get('gradeway-id')!;
    const short = async (): Promise<unknown> => {
      const answer = await fetch(`${gradeway.url}/v1/request/${id}`);
      const { data } = (await answer.json()) as { data: Row | null };
      return data?.gradeway.scores.find(({ name }) => name === 'short');
    };
    await expect.poll(short, { timeout: 15_000 }).toMatchObject({ value: false, evaluatorVersion: '1' });
  }, 30_000);
});
