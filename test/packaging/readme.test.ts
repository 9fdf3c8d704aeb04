import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { readJudge } from '../../src/evaluation/kinds/judge/definition.ts';
import { startEvaluators } from '../../src/evaluation/evaluators.ts';
import { readDirectives } from '../../src/gateway/directives.ts';
import { isUuid, newId } from '../../src/model/id.ts';
import { SCOPES } from '../../src/model/key.ts';
import type { Log } from '../../src/model/log.ts';
import { READY_MADE } from '../../src/providers/ready-made.ts';
import { startConversation } from '../end-to-end/conversation.ts';
import { type RunningGateway, scoresOf, startRunningGateway } from '../end-to-end/running-gateway.ts';
import { logWith } from '../evaluators/log-with.ts';
import { errorsTable, markdown, settingsTable, tableOf } from './tables.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);

const readme = await readFile(join(ROOT, 'README.md'), 'utf8');

function blockOf(language: string, containing = ''): string {
  const blocks = [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)];
  return blocks.find(([, kind, text]) => kind === language && text!.includes(containing))![2]!;
}

/** What stands between a heading and the next of any level. */
function sectionOf(heading: string): string {
  return readme.split(/^#+ /m).find((section) => section.startsWith(`${heading}\n`))!;
}

/** What stands in backticks. */
function namesIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, name]) => name!);
}

describe("README's tables", () => {
  it.each([
    { name: 'settings', table: settingsTable() },
    { name: 'error codes', table: errorsTable() },
  ])('name all $name with what the code says of them', ({ table }) => {
    const expected = tableOf(markdown(table), table[0]!);
    expect(expected).toHaveLength(table.length - 1);
    expect(tableOf(readme, table[0]!)).toEqual(expected);
  });

  it('name the ready-made upstreams', () => {
    const rows = Object.entries(READY_MADE).map(([name, { url, provider }]) => [
      `\`${name}\``,
      url ?? 'to be set',
      provider,
    ]);
    expect(tableOf(readme, ['Name', 'URL', 'Format'])).toEqual(rows);
  });

  it('name directives that have their effect', () => {
    const id = newId();
    const rows = tableOf(readme, ['Directive', 'Effect']);
    const headers = rows.flatMap(([cell]) => namesIn(cell!).map((one) => one.split(': ') as [string, string]));
    expect(headers).toHaveLength(12);
    for (const [name, value] of headers) {
      const header = name.replace('<Name>', 'colour').toLowerCase();
      const sent = value === '<uuid>' ? '018f0000-0000-7000-8000-000000000000' : value.replaceAll(/[<>]/g, '');
      for (const prefix of ['helicone-', 'gradeway-']) {
        const none = readDirectives([], id);
        const { ignored, ...reading } = readDirectives([prefix + header, sent], id);
        expect({ name, ignored }).toEqual({ name, ignored: undefined });
        expect({ name, ...reading }).not.toEqual({ name, ...none });
      }
    }
  });

  it('name directives that are answered in Gradeway-Ignored', () => {
    const section = sectionOf('Properties and other directives');
    const from = section.indexOf('in `Gradeway-Ignored`:');
    const names = namesIn(section.slice(from, section.indexOf('Headers that answers carry')).replace(/^.*?:/, ''));
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) {
      const header = `helicone-${name.replace('*', 'anything').toLowerCase()}`;
      expect({ name, ignored: readDirectives([header, 'true'], newId()).ignored }).toEqual({ name, ignored: header });
    }
  });
});

describe("README's commands", () => {
  it('are the first lines, and exist', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    expect(
      readme
        .split('\n')
        .slice(2, 6)
        .map((line) => line.split('#')[0]!.trim()),
    ).toEqual(['```sh', 'npm ci && npm start', 'npm ci && npm test', 'npm run demo']);
    expect(scripts).toMatchObject({ start: expect.any(String), test: 'vitest run', demo: expect.any(String) });
    const ci = await readFile(join(ROOT, '.ci/run'), 'utf8');
    expect(ci.trimEnd().split('\n').at(-1)).toMatch(/npm test$/);
    expect(ci).toContain('\nnpm ci\n');
  });

  it('are commands of the command line', async () => {
    const { stdout } = await run(process.execPath, [join(ROOT, 'bin/gradeway.js'), '--help']);
    const names = [...readme.matchAll(/`gradeway ([\w-]+)/g)].map(([, name]) => name!);
    expect(new Set(names)).toEqual(
      new Set([
        'serve',
        'gateway',
        'work',
        'keys',
        'migrate',
        'doctor',
        'explain',
        'run',
        'compare',
        'dataset',
        'copy',
        'dead-letters',
      ]),
    );
    for (const name of names) expect(stdout).toMatch(new RegExp(`^  ${name}\\b`, 'm'));
  });

  it('make a key with every scope that can go together', () => {
    const scopes = /keys create --project default --scope (\S+)/.exec(blockOf('sh', 'docker'))![1]!;
    expect(scopes.split(',')).toEqual(SCOPES);
  });

  it('point to files that exist', () => {
    const links = [...readme.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((target) => !existsSync(join(ROOT, target)))).toEqual([]);
  });
});

describe("README's examples", () => {
  let folder: string;
  let provider: LLMock;
  let gateway: RunningGateway;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gradeway-readme-'));
    provider = await startConversation();
    provider.onMessage('Hello', { content: 'Hello to you.' });
    gateway = await startRunningGateway({ GRADEWAY_UPSTREAM_OPENAI_URL: provider.url });
  });
  afterAll(async () => {
    await gateway?.close();
    await provider?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it('send a first call, and score it', async () => {
    const program = blockOf('js', 'baseURL').replaceAll('http://127.0.0.1:8787', gateway.url);
    const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: ROOT,
      env: { ...process.env, OPENAI_API_KEY: 'sk-of-the-reader' },
    });
    const [answer, address] = stdout.trim().split('\n');
    expect(answer).toBe('Hello to you.');
    const id = /request\/([^?]+)/.exec(address!)![1]!;
    expect(isUuid(id)).toBe(true);

    const commands = blockOf('sh', '/score ').split('curl ').slice(1);
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      const url = command.split(' ')[0]!.replace('http://127.0.0.1:8787', gateway.url).replace('$ID', id);
      const body = /-d '([^']+)'/.exec(command)![1]!;
      const response = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/json' } });
      expect({ command, status: response.status }).toEqual({ command, status: 201 });
    }
    const row = await gateway.evaluated(id);
    expect(row.properties).toEqual({ promptversion: 'v2' });
    expect(scoresOf(row)).toMatchObject({
      accuracy: 92,
      'on-topic': true,
      tone: 'friendly',
      'helicone-score-feedback': true,
      finished: true,
    });
  });

  it('write an evaluator in fewer than ten lines', async () => {
    const source = blockOf('ts', 'defineEvaluator');
    expect(source.trim().split('\n').length).toBeLessThan(10);
    await writeFile(join(folder, 'names-price.ts'), source);
    const evaluators = await startEvaluators({ folder, watch: false });
    expect({ problems: evaluators.problems, names: evaluators.list.map(({ name }) => name) }).toEqual({
      problems: [],
      names: ['names-price'],
    });
    const about = (text: string): Log => ({ output: { text, reasoning: null, refusal: null } }) as Log;
    const answers = await evaluators.evaluate(
      ['It costs € 5.', 'It is free.'].map((text, index) => ({
        id: String(index),
        subject: about(text),
        evaluators: ['names-price'],
      })),
    );
    await evaluators.close();
    expect(answers.map(({ outcome }) => outcome)).toMatchObject([
      { outcome: 'scored', scores: [{ name: 'names-price', value: true }] },
      { outcome: 'scored', scores: [{ name: 'names-price', value: false }] },
    ]);
  });

  it.each([
    ['python', 'def evaluate', 'polite.py', [true, false]],
    ['js', 'returns: number', 'words.code.js', [3, 2]],
  ] as const)('write an evaluator in %s in fewer than ten lines', async (language, containing, file, values) => {
    const source = blockOf(language, containing);
    expect(source.trim().split('\n').length).toBeLessThan(10);
    await mkdir(join(folder, language));
    await writeFile(join(folder, language, file), source);
    const evaluators = await startEvaluators({ folder: join(folder, language), watch: false });
    const { name } = evaluators.list[0]!;
    const answers = await evaluators.evaluate(
      ['Look here, please.', 'Look here.'].map((text) => ({
        id: text,
        subject: logWith({ output: { text, reasoning: null, refusal: null } }),
        evaluators: [name],
      })),
    );
    await evaluators.close();
    expect(answers.map(({ outcome }) => outcome)).toMatchObject(
      values.map((value) => ({ outcome: 'scored', scores: [{ name, value }] })),
    );
  });

  it('define a judge', () => {
    const judge = readJudge('style', blockOf('yaml', 'prompt:'), ['openai']);
    expect(judge).toMatchObject({ evaluator: { returns: 'number', online: { sampleRate: 0.1 } } });
  });

  it('configure upstreams and settings', async () => {
    await writeFile(join(folder, 'gradeway.yaml'), blockOf('yaml', 'upstreams:'));
    const config = loadConfig({ env: { OPENAI_API_KEY: 'sk-of-the-reader' }, cwd: folder });
    expect(config.upstreams.get('openai')).toMatchObject({ url: 'https://api.openai.com', key: 'sk-of-the-reader' });
    expect(config.upstreams.get('my-model')).toMatchObject({ url: 'https://models.example.com/serving' });
    expect(config.targetUrl).toEqual({ enabled: true, allowedHosts: ['*.example.com'], allowedNetworks: [] });
  });
});

describe('src/README.md', () => {
  let map: string;
  beforeAll(async () => {
    map = await readFile(join(ROOT, 'src/README.md'), 'utf8');
  });

  it('has every folder and every file at the top of src in its map', async () => {
    const places = (await readdir(join(ROOT, 'src'), { withFileTypes: true })).map((entry) =>
      entry.isDirectory() ? `${entry.name}/` : entry.name,
    );
    const filled = places.filter((place) => place !== 'README.md' && !isEmpty(join(ROOT, 'src', place)));
    const mapped = tableOf(map, ['Place', 'What it is responsible for']).flatMap(([cell]) => namesIn(cell!));
    expect(mapped.toSorted()).toEqual(filled.toSorted());
  });

  it('names files that exist', () => {
    const named = [...map.matchAll(/\b((?:[a-z-]+\/)+[a-z-]+\.ts)\b/g)].map(([, path]) => path!);
    expect(named.length).toBeGreaterThan(20);
    const missing = named.filter((path) => !existsSync(join(ROOT, 'src', path)) && !existsSync(join(ROOT, path)));
    expect(missing).toEqual([]);
  });

  it('gives the ranks that the test of the architecture holds', async () => {
    const source = await readFile(join(ROOT, 'test/architecture.test.ts'), 'utf8');
    const held = [...source.matchAll(/^ {2}(\w+): (\d),$/gm)].map(([, name, rank]) => [name!, rank!] as const);
    expect(held.length).toBeGreaterThan(10);
    const kept = [...map.matchAll(/`(\w+)` \((\d)/g)].map(([, name, rank]) => [name!, rank!] as const);
    const written = tableOf(map, ['Rank', '']).flatMap(([rank, cell]) =>
      namesIn(cell!.replace(/\(.*?\)/, '')).map((name) => [name, rank!] as const),
    );
    expect(new Map([...written, ...kept])).toEqual(new Map(held));
  });

  it('explains every word once', () => {
    const words = tableOf(map, ['Word', 'Meaning', 'Not']).flatMap(([cell]) => cell!.replaceAll('**', '').split(', '));
    expect(words.length).toBeGreaterThan(25);
    expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
  });
});

function isEmpty(path: string): boolean {
  return path.endsWith('/') && readdirSync(path).length === 0;
}
