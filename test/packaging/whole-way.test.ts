/** README's way from traffic to a gate: its files are written and its commands are run as they stand there, by a shell. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Finished, type Running, start, workplace } from '../cli/process.ts';

const ROOT = join(import.meta.dirname, '../..');
const HEADING = '### The whole way, from traffic to a gate\n';
const [section] = readFileSync(join(ROOT, 'README.md'), 'utf8').split(HEADING)[1]!.split('\n## ');
const blocks = [...section!.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language, text]) => ({
  language: language!,
  text: text!,
}));
const [fromLogsToComparison, inCi] = blocks
  .filter(({ language }) => language === 'sh')
  .map(({ text }) => text.trim().split('\n'));

let provider: Server;
let place: ReturnType<typeof workplace>;
let ci: ReturnType<typeof workplace>;
let serving: Running;
let url: string;
let env: NodeJS.ProcessEnv;

/** The large model is right, the small one but for one of the mails; who is to say why uses more than one word. */
function answerOf({ model, messages }: { model: string; messages: { role: string; content: string }[] }): string {
  const asked = messages.at(-1)!.content;
  const team = asked.includes('invoice') ? 'billing' : asked.includes('parcel') ? 'delivery' : 'other';
  if (messages[0]!.role === 'system') return `It is for ${team}, since that is their work.`;
  return model === 'gpt-4o-mini' && asked.includes('(order 16)') ? 'other' : team;
}

beforeAll(async () => {
  provider = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const message = { role: 'assistant', content: answerOf(JSON.parse(body) as Parameters<typeof answerOf>[0]) };
      const usage = { prompt_tokens: 30, completion_tokens: 2, total_tokens: 32 };
      response
        .setHeader('content-type', 'application/json')
        .end(JSON.stringify({ model: 'gpt-4o', choices: [{ message, finish_reason: 'stop' }], usage }));
    });
  }).listen(0, '127.0.0.1');
  await once(provider, 'listening');
  [place, ci] = [workplace(), workplace()];
  const bin = join(place.folder, 'bin');
  mkdirSync(bin);
  writeFileSync(
    join(bin, 'gradeway'),
    `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, 'bin/gradeway.js')}' "$@"\n`,
  );
  chmodSync(join(bin, 'gradeway'), 0o755);
  for (const { language, text } of blocks) {
    const [, name] = /^(?:\/\/|#) (\S+\.\w+)\n/.exec(text) ?? [];
    if (language !== 'sh') writeFileSync(join(place.folder, name!), text);
  }
  env = {
    PATH: `${bin}:${process.env.PATH}`,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    HOME: place.folder,
    OPENAI_API_KEY: 'sk-of-the-application',
    GRADEWAY_UPSTREAM_OPENAI_KEY: 'sk-of-the-runs',
    GRADEWAY_UPSTREAM_OPENAI_URL: `http://127.0.0.1:${(provider.address() as AddressInfo).port}`,
  };
  serving = start(place.folder, ['serve'], { ...(env as Record<string, string>), GRADEWAY_PORT: '0' });
  [url] = await serving.says(/http:\/\/127\.0\.0\.1:\d+/);
});
afterAll(async () => {
  serving?.child.kill();
  await serving?.finished;
  provider.close();
  place.remove();
  ci.remove();
});

/** A line of README, by a shell; the address is where this gateway happens to be. */
function shell(folder: string, line: string): Promise<Finished> {
  return new Promise((resolve) => {
    const script = join(folder, 'traffic.js');
    if (line === 'node traffic.js')
      writeFileSync(script, readFileSync(script, 'utf8').replace('http://127.0.0.1:8787', url));
    const child = execFile('sh', ['-c', line], { cwd: folder, env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

describe("README's whole way", { timeout: 60_000 }, () => {
  it('goes from traffic to a dataset, a run of two models and their comparison', async () => {
    const said = new Map<string, string>();
    for (const line of fromLogsToComparison!) {
      const { code, stdout, stderr } = await shell(place.folder, line);
      expect({ line, code, stderr: code === 0 ? '' : stderr + stdout }).toEqual({ line, code: 0, stderr: '' });
      said.set(line.split(' ').slice(0, 3).join(' '), stdout);
    }
    expect(said.get('gradeway dataset from-logs')).toBe(
      'mails version 1 has 60 datapoints: 60 added, 0 edited, 0 removed.\n',
    );
    expect(said.get('gradeway run large.yaml')).toMatch(/^right-team +100 % .* 60 *$/m);
    expect(said.get('gradeway run small.yaml')).toMatch(/^right-team +98.33 % .* 60 +-0.01667 no difference shown$/m);
    expect(said.get('gradeway compare large')).toContain('small against large: passed');
  });

  it('fails in CI on a regression that is planted, and passes without, where there is no database yet', async () => {
    for (const name of ['mails.jsonl', 'large.json', 'large.yaml', 'small.yaml', 'evaluators'])
      cpSync(join(place.folder, name), join(ci.folder, name), { recursive: true });
    const codes: (number | null)[] = [];
    let last = '';
    for (const line of inCi!) {
      const { code, stdout } = await shell(ci.folder, line);
      codes.push(code);
      last = stdout;
      const [, promised, words] = / # (\d): (.*)$/.exec(line) ?? [];
      expect({ line, code, stdout }).toEqual({
        line,
        code: Number(promised ?? 0),
        stdout: expect.stringContaining(words ?? ''),
      });
    }
    expect(codes).toEqual([0, 0, 1]);
    expect(last).toContain('chatty: regression shown');
    expect(readFileSync(join(ci.folder, 'small.xml'), 'utf8')).toContain('tests="1" failures="0" errors="0"');
  });
});
