/**
 * Carries out a Dockerfile without a container engine: each stage is a folder, COPY copies and RUN runs in it, with the
 * Node that runs the tests as the base image's Node. Only what our Dockerfile uses is understood; all else is an error.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, copyFile, mkdir, readFile, stat } from 'node:fs/promises';
import { basename, delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface Instruction {
  name: string;
  rest: string;
}

export interface Identity {
  uid: number;
  gid: number;
}

export interface Image {
  base: string;
  /** The folder that stands for `/`. */
  root: string;
  workdir: string;
  environment: Record<string, string>;
  user: string;
  volumes: string[];
  stopSignal: string;
  healthcheck: string[];
  /** ENTRYPOINT. */
  entrypoint: string[];
  /** CMD. */
  command: string[];
  /** What was copied from the context. */
  copied: string[];
}

export interface BuildOptions {
  context: string;
  /** An empty folder; everything is made below it. */
  folder: string;
  /** Who takes the part of the user `node`; undefined where users cannot be changed. */
  user: Identity | undefined;
}

/** The instructions, continued lines joined and comments left out. */
export function parseDockerfile(text: string): Instruction[] {
  return text
    .replaceAll(/^\s*#.*\n?/gm, '')
    .replaceAll(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [, name, rest] = /^\s*(\w+)\s+(.*?)\s*$/.exec(line)!;
      return { name: name!.toUpperCase(), rest: rest! };
    });
}

/** Builds the last stage. */
export async function buildImage(options: BuildOptions): Promise<Image> {
  const instructions = parseDockerfile(await readFile(join(options.context, 'Dockerfile'), 'utf8'));
  await makeTools(options.folder);
  const stages = new Map<string, Image>();
  let image: Image | undefined;
  for (const { name, rest } of instructions) {
    if (name === 'FROM') {
      const [base, , as] = rest.split(/\s+/);
      const stage = as ?? `stage-${stages.size}`;
      image = emptyImage(base!, join(options.folder, stage));
      stages.set(stage, image);
      await mkdir(image.root);
    } else await apply(image!, { name, rest }, stages, options);
  }
  return image!;
}

/** Where a path of the image is on this machine. */
export function placeOf(image: Image, path: string): string {
  return join(image.root, path.startsWith('/') ? path : join(image.workdir, path));
}

/** The command line and surroundings of a process in the image, with its absolute paths turned into ours. */
export function processIn(
  image: Image,
  folder: string,
  command: readonly string[],
): { file: string; args: string[]; cwd: string; env: Record<string, string> } {
  const [program, ...args] = command;
  return {
    file: join(folder, 'tools', program!),
    args: args.map((argument) => (argument.startsWith('/') ? placeOf(image, argument) : argument)),
    cwd: placeOf(image, '.'),
    env: { PATH: `${join(folder, 'tools')}${delimiter}/usr/bin${delimiter}/bin`, ...image.environment },
  };
}

function emptyImage(base: string, root: string): Image {
  return {
    base,
    root,
    workdir: '/',
    environment: {},
    user: 'root',
    volumes: [],
    stopSignal: 'SIGTERM',
    healthcheck: [],
    entrypoint: [],
    command: [],
    copied: [],
  };
}

/** A copy of this Node, since other users may not be able to reach the original, and to be sure that none is installed. */
async function makeTools(folder: string): Promise<void> {
  await mkdir(join(folder, 'tools'));
  await copyFile(process.execPath, join(folder, 'tools/node'));
  await chmod(join(folder, 'tools/node'), 0o755);
}

async function apply(
  image: Image,
  { name, rest }: Instruction,
  stages: ReadonlyMap<string, Image>,
  options: BuildOptions,
): Promise<void> {
  switch (name) {
    case 'ENV': {
      const [, key, value] = /^(\w+)=(\S+)$/.exec(rest)!;
      image.environment[key!] = value!;
      break;
    }
    case 'WORKDIR':
      image.workdir = rest;
      await mkdir(placeOf(image, '.'), { recursive: true });
      break;
    case 'COPY':
      await copy(image, rest, stages, options.context);
      break;
    case 'RUN':
      await runIn(image, rest, options);
      break;
    case 'USER':
      image.user = rest;
      break;
    case 'VOLUME':
      image.volumes.push(rest);
      break;
    case 'STOPSIGNAL':
      image.stopSignal = rest;
      break;
    case 'HEALTHCHECK':
      image.healthcheck = JSON.parse(rest.slice(rest.indexOf('['))) as string[];
      break;
    case 'ENTRYPOINT':
      image.entrypoint = JSON.parse(rest) as string[];
      break;
    case 'CMD':
      image.command = JSON.parse(rest) as string[];
      break;
    case 'EXPOSE':
      break;
    default:
      throw new Error(`This test does not understand ${name} ${rest}`);
  }
}

async function copy(image: Image, rest: string, stages: ReadonlyMap<string, Image>, context: string): Promise<void> {
  const words = rest.split(/\s+/);
  const from = words[0]!.startsWith('--from=') ? stages.get(words.shift()!.slice('--from='.length)) : undefined;
  const target = words.pop()!;
  for (const word of words) {
    if (from === undefined) image.copied.push(word);
    const source = from === undefined ? join(context, word) : placeOf(from, word);
    const isFolder = (await stat(source)).isDirectory();
    // A folder's content is copied, a file goes below a target that ends in a slash.
    const place = placeOf(image, !isFolder && target.endsWith('/') ? join(target, basename(word)) : target);
    await cp(source, place, { recursive: true, verbatimSymlinks: true });
  }
}

async function runIn(image: Image, command: string, { folder, user }: BuildOptions): Promise<void> {
  const owner = user === undefined ? ':' : `command chown ${user.uid}:${user.gid} "$2"`;
  const { cwd, env } = processIn(image, folder, ['node']);
  await run('sh', ['-euc', `chown() { ${owner}; }; ${command}`], {
    cwd,
    env: {
      // Proxies and certificates that this machine needs to reach the registry.
      ...process.env,
      ...env,
      PATH: `${join(folder, 'tools')}${delimiter}${pathWithoutOurs()}`,
      // What the last `npm ci` brought is taken from npm's cache.
      npm_config_prefer_offline: 'true',
      npm_config_update_notifier: 'false',
    },
    maxBuffer: 64 << 20,
  });
}

/** Without the folders of binaries that npm puts there: the image has only what it installs. */
function pathWithoutOurs(): string {
  const ours = dirname(process.execPath);
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !folder.includes('node_modules') && folder !== ours).join(delimiter);
}
