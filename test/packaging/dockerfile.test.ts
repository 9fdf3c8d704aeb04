import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildImage, type Identity, type Image, parseDockerfile, placeOf, processIn } from './dockerfile.ts';

const ROOT = join(import.meta.dirname, '../..');
const BUILD_MS = 300_000;

let folder: string;
let image: Image;
let provider: LLMock;
const running = new Set<ChildProcess>();

/** Without root's rights nobody else can be: then all runs as the user of the tests. */
const user: Identity | undefined = process.getuid!() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined;

function idOf(flag: string): number {
  return Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gradeway-image-'));
  await chmod(folder, 0o755);
  image = await buildImage({ context: ROOT, folder, user });
  provider = new LLMock({ port: 0, host: '127.0.0.1' });
  provider.onMessage('Hello', { content: 'Hello from afar.', usage: { prompt_tokens: 9, completion_tokens: 4 } });
  await provider.start();
}, BUILD_MS);

afterAll(async () => {
  for (const child of running) child.kill('SIGKILL');
  await provider?.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Process {
  child: ChildProcess;
  out: () => string;
  errors: () => string;
  ended: Promise<number | null>;
}

/** As `docker run image ...command` would. */
function start(command: readonly string[], environment: Record<string, string> = {}): Process {
  const { file, args, cwd, env } = processIn(image, folder, command);
  const child = spawn(file, args, {
    cwd,
    env: { ...env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    ...user,
  });
  running.add(child);
  const said = { out: '', errors: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (said.out += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said.errors += text));
  const ended = new Promise<number | null>((resolve) =>
    child.once('close', (code) => {
      running.delete(child);
      resolve(code);
    }),
  );
  return { child, out: () => said.out, errors: () => said.errors, ended };
}

async function listening(gateway: Process): Promise<string> {
  let code: number | null | undefined;
  void gateway.ended.then((ended) => (code = ended));
  for (;;) {
    const url = /listens on (\S+)/.exec(gateway.out())?.[1];
    if (url !== undefined) return url;
    if (code !== undefined) throw new Error(`It ended with ${code}: ${gateway.errors()}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describe('Dockerfile', () => {
  it('is built on the slim image of Node 26, and runs as a user without rights', () => {
    expect(image).toMatchObject({
      base: 'node:26-slim',
      user: 'node',
      volumes: ['/app/data'],
      stopSignal: 'SIGTERM',
      command: ['serve'],
    });
  });

  it('copies what .dockerignore lets through, and .dockerignore lets nothing else through', async () => {
    const ignore = (await readFile(join(ROOT, '.dockerignore'), 'utf8')).split('\n');
    const rules = ignore.filter((line) => line !== '' && !line.startsWith('#'));
    expect(rules[0]).toBe('*');
    const allowed = rules.slice(1).map((rule) => rule.replace(/^!/, ''));
    const instructions = parseDockerfile(await readFile(join(ROOT, 'Dockerfile'), 'utf8'));
    const copied = instructions
      .filter(({ name, rest }) => name === 'COPY' && !rest.startsWith('--from='))
      .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
    expect([...new Set(copied)].toSorted()).toEqual(allowed.toSorted());
  });

  it('leaves in the image what runs, without sources, tests and development dependencies', async () => {
    const { dependencies, devDependencies } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8')) as {
      dependencies: Record<string, string>;
      devDependencies: Record<string, string>;
    };
    expect((await readdir(placeOf(image, '.'))).toSorted()).toEqual(
      ['bin', 'data', 'dist', 'drizzle', 'evaluators', 'node_modules', 'package.json'].toSorted(),
    );
    const installed = async (name: string): Promise<boolean> =>
      stat(placeOf(image, `node_modules/${name}/package.json`)).then(
        () => true,
        () => false,
      );
    for (const name of Object.keys(dependencies))
      expect({ name, is: await installed(name) }).toEqual({ name, is: true });
    for (const name of ['node', 'typescript', 'vitest', 'openai', '@copilotkit/aimock']) {
      expect(Object.keys(devDependencies)).toContain(name);
      expect({ name, is: await installed(name) }).toEqual({ name, is: false });
    }
    expect(await readdir(placeOf(image, 'node_modules/.bin'))).not.toContain('node');
  });

  it.runIf(user)('gives its user the folder of data and nothing else', async () => {
    for (const name of await readdir(placeOf(image, '.'))) {
      const { uid } = await stat(placeOf(image, name));
      expect({ name, own: uid === user!.uid }).toEqual({ name, own: name === 'data' });
    }
  });

  it('refuses to be reached from outside before there is a key, and says how to make one', async () => {
    const gateway = start([...image.entrypoint, ...image.command], { GRADEWAY_PORT: '0' });
    expect(await gateway.ended).toBe(64);
    expect(gateway.errors()).toContain('does not listen on 0.0.0.0 without a key');
    expect(gateway.errors()).toContain('keys create --project');
  });

  it('makes a key, is healthy, proxies, evaluates and ends with 0 at its stop signal', async () => {
    const creation = start([...image.entrypoint, 'keys', 'create', '--project', 'default', '--scope', 'ingest,read']);
    expect({ code: await creation.ended, errors: creation.errors() }).toMatchObject({ code: 0 });
    const key = creation.out().trim();

    const gateway = start([...image.entrypoint, ...image.command], {
      GRADEWAY_HOST: '127.0.0.1',
      GRADEWAY_PORT: '0',
      GRADEWAY_UPSTREAM_OPENAI_URL: provider.url,
    });
    const url = await listening(gateway);
    const evaluators = (await readdir(join(ROOT, 'evaluators'))).map((file) => file.replace(/\.ts$/, ''));
    expect(gateway.out()).toContain(`evaluators  ${evaluators.toSorted().join(', ')}\n`);
    expect(gateway.out()).not.toContain('not loaded');

    const healthcheck = start(image.healthcheck, { GRADEWAY_PORT: new URL(url).port });
    expect(await healthcheck.ended).toBe(0);

    const client = new OpenAI({
      baseURL: `${url}/v1`,
      apiKey: 'sk-simulated',
      maxRetries: 0,
      defaultHeaders: { 'Helicone-Auth': `Bearer ${key}` },
    });
    const { data, response } = await client.chat.completions
      .create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] })
      .withResponse();
    expect(data.choices[0]!.message.content).toBe('Hello from afar.');
    await expect
      .poll(() => scoresOf(url, key, response.headers.get('helicone-id')!), { timeout: 20_000 })
      .toMatchObject({ 'finished-hcone-bool': 1, 'output-length': 16 });

    gateway.child.kill(image.stopSignal as NodeJS.Signals);
    expect({ code: await gateway.ended, errors: gateway.errors() }).toMatchObject({ code: 0 });
    const unhealthy = start(image.healthcheck, { GRADEWAY_PORT: new URL(url).port });
    expect(await unhealthy.ended).toBe(1);
  }, 60_000);
});

async function scoresOf(url: string, key: string, id: string): Promise<unknown> {
  const response = await fetch(`${url}/v1/request/${id}`, { headers: { authorization: `Bearer ${key}` } });
  const { data } = (await response.json()) as { data?: { scores: unknown } };
  return data?.scores;
}
