/**
 * Portkey's gateway, from npm, without logging. Installed for the comparison only: into a folder of its own below the
 * system's temporary one, where the next run finds it. It listens on all addresses of the machine; it has no setting for that.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, startProgram, whenListening } from '../child.ts';
import { Absent, type Contestant } from './contestant.ts';

const PACKAGE = '@portkey-ai/gateway';
const VERSION = '1.15.2';
const INSTALL_MS = 180_000;

async function install(cache: string): Promise<string> {
  const folder = join(cache, `portkey-${VERSION}`);
  const program = join(folder, 'node_modules', PACKAGE, 'build', 'start-server.js');
  if (existsSync(program)) return program;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--no-audit', '--no-fund', '--ignore-scripts'];
  try {
    // npm of this Node's own installation where it has one, else the one on PATH.
    await promisify(execFile)('npm', ['install', ...flags, `${PACKAGE}@${VERSION}`], {
      cwd: folder,
      timeout: INSTALL_MS,
    });
  } catch (error) {
    throw new Absent(
      `${PACKAGE}@${VERSION} could not be installed with npm: ${(error as Error).message.split('\n')[0]}`,
    );
  }
  return program;
}

export async function startPortkey(folder: string, cache: string, upstreamPort: number): Promise<Contestant> {
  const program = await install(cache);
  mkdirSync(folder, { recursive: true });
  const [port, output] = [await freePort(), join(folder, 'output.log')];
  const child = startProgram({
    command: process.execPath,
    arguments: [program, `--port=${port}`, '--headless'],
    folder: dirname(program),
    environment: { PATH: process.env.PATH ?? '', NODE_ENV: 'production' },
    output,
  });
  await whenListening(child, port, output);
  const headers = ['x-portkey-provider: openai', `x-portkey-custom-host: http://127.0.0.1:${upstreamPort}/v1`];
  return { name: 'portkey', port, pid: child.pid, headers, close: () => child.stop() };
}
