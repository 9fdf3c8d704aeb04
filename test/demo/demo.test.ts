import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { averageLines, logLines, plain, type ShownLog } from './report.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Where the demo puts its database. */
const temporary = mkdtempSync(join(tmpdir(), 'gradeway-demo-test-'));
const running = new Set<ChildProcess>();

afterAll(() => rmSync(temporary, { recursive: true }));
afterEach(async () => {
  const left = [...running];
  for (const child of left) child.kill('SIGKILL');
  await Promise.all(left.map((child) => new Promise((resolve) => child.once('close', resolve))));
});

interface Demo {
  child: ChildProcess;
  output: () => string;
  errors: () => string;
  ended: Promise<number | null>;
}

function startDemo(...args: string[]): Demo {
  const child = spawn(process.execPath, [join(ROOT, 'test/demo/main.ts'), ...args], {
    cwd: temporary,
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const said = { out: '', err: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.err += text));
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  return { child, output: () => said.out, errors: () => said.err, ended };
}

async function until(demo: Demo, text: string): Promise<void> {
  let code: number | null | undefined;
  void demo.ended.then((ended) => (code = ended));
  while (!demo.output().includes(text)) {
    if (code !== undefined) throw new Error(`It ended with ${code} before it said "${text}": ${demo.errors()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('npm run demo', () => {
  it('prints every log with its scores, the means per prompt version, and ends by itself without a terminal', async () => {
    const demo = startDemo();
    expect({ code: await demo.ended, errors: demo.errors() }).toEqual({ code: 0, errors: '' });
    const output = demo.output();
    const titles = output.split('\n').filter((line) => /^\d+\. /.test(line));
    expect(titles).toHaveLength(15);
    for (const expected of [
      /^ {4}json-valid +false +Not JSON/m,
      /^ {4}json-valid +true +It is what was asked for\.$/m,
      /^ {4}finished +false +length$/m,
      /^ {4}tool-calls-valid +false +track_parcel: must have required property 'parcel'$/m,
      /^ {4}refusal +true +I can't help/m,
      /^ {4}pii +true +email \(output\), phone \(output\)$/m,
      /^ {4}pleasantries +2 +Gladly, lovely$/m,
      /^ {4}pleasantries +0$/m,
      /^ {4}concise +2 +It takes 29 words to say it\.$/m,
      /^ {4}concise +5 +It takes 1 word to say it\.$/m,
      /^ {4}accuracy +92 +\(posted\)$/m,
      /^ {4}tone +friendly +\(posted\)$/m,
      /^ {2}429 ended /m,
      /^ {2}400 ended /m,
      /^ {2}200 client_aborted /m,
      /^ {2}json-valid +33 % true \(1 of 3\) +100 % true \(3 of 3\)$/m,
    ])
      expect(output).toMatch(expected);
    expect(output).toContain('promptversion=v2');
    expect(output).not.toMatch(/^ {4}\S+ +(failed|skipped) /m);
    // oxlint-disable-next-line no-control-regex -- colour codes and the like are what is looked for
    expect(output).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
    expect(readdirSync(temporary)).toEqual([]);
  }, 60_000);

  it('stays with --keep, names addresses that answer, and goes at SIGINT', async () => {
    const demo = startDemo('--keep');
    await until(demo, 'Ctrl-C ends the demo');
    const commands = demo
      .output()
      .split('\n')
      .filter((line) => line.startsWith('  curl '));
    expect(commands).toHaveLength(6);
    for (const command of commands) {
      const [, url] = /"(http:[^"]+)"/.exec(command)!;
      const body = /-d '([^']+)'/.exec(command)?.[1];
      const post = { method: 'POST', body: body!, headers: { 'content-type': 'application/json' } };
      const response = await fetch(url!, body === undefined ? {} : post);
      expect({ command, ok: response.ok }).toEqual({ command, ok: true });
      await response.arrayBuffer();
    }
    demo.child.kill('SIGINT');
    expect({ code: await demo.ended, errors: demo.errors() }).toEqual({ code: 0, errors: '' });
  }, 60_000);

  it('refuses an option that it does not have', async () => {
    const demo = startDemo('--forever');
    expect(await demo.ended).not.toBe(0);
    expect(demo.errors()).toContain("Unknown option '--forever'");
  });
});

describe('the report', () => {
  const shown: ShownLog = {
    title: 'a call',
    log: {
      model: null,
      status: null,
      ending: 'timeout',
      durationMs: 3.4,
      usage: null,
      costUsd: null,
      userId: null,
      sessionId: null,
      properties: { promptversion: 'v1' },
      output: { text: 'red \u001b[31malert\u001b[0m\r\n\u0007 \u202Eback\u{85}' },
      toolCalls: [],
    },
    scores: [
      { name: 'accuracy', value: 0.5, reason: null, source: 'api' },
      { name: 'kind', value: 'a\u001b]0;title\u0007b', reason: 'c\u0000d', source: 'evaluator' },
    ],
    evaluations: [{ evaluator: 'slow', outcome: 'failed', reason: 'It ran too long.' }],
  };
  const unpainted = (_style: string, text: string): string => text;

  it('strips what a terminal would obey from texts of models and clients', () => {
    expect(logLines(shown, unpainted)).toEqual([
      'a call',
      '  no status timeout  no model  3 ms  tokens unknown  cost unknown',
      '  promptversion=v1',
      '  "red [31malert[0m back"',
      '    accuracy                 0.50       (posted)',
      '    kind                     a]0;titleb cd',
      '    slow                     failed     It ran too long.',
    ]);
  });

  it.each([
    { name: 'a line end', text: 'a\r\nb', expected: 'a b' },
    { name: 'an escape sequence of eight bits', text: 'a\u009b31mb', expected: 'a31mb' },
    { name: 'half of a surrogate pair', text: 'a\ud800b', expected: 'ab' },
    { name: 'letters of other scripts', text: 'Größe 日本', expected: 'Größe 日本' },
  ])('shows $name plainly', ({ text, expected }) => {
    expect(plain(text)).toBe(expected);
  });

  it('takes means over what was scored and says of how many', () => {
    const log = (version: string, values: [string, boolean | number][]): ShownLog => ({
      ...shown,
      log: { ...shown.log, properties: { promptversion: version } },
      scores: values.map(([name, value]) => ({ name, value, reason: null, source: 'evaluator' })),
    });
    const lines = averageLines([
      log('v1', [
        ['good', true],
        ['length', 10],
      ]),
      log('v1', [
        ['good', false],
        ['length', 20],
      ]),
      log('v1', []),
      log('v2', [['good', true]]),
    ]);
    expect(lines.map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['PromptVersion v1', 'PromptVersion v2'],
      ['good', '50 % true (1 of 2)', '100 % true (1 of 1)'],
      ['length', '15 (of 2)'],
    ]);
  });
});
