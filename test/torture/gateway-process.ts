/** A gateway as a process of its own, on a database that outlives it: started, killed, frozen, ended, watched. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const BIN = join(import.meta.dirname, '../../bin/gradeway.js');
const START_LIMIT_MS = 60_000;

export interface GatewaySettings {
  /** Working directory. */
  folder: string;
  /** Path of a file of SQLite's, or a URL. */
  database: string;
  upstream: string;
  /** Folder with evaluators. */
  evaluators: string;
  durability?: 'durable' | 'fast';
  role?: 'serve' | 'gateway' | 'work';
  environment?: Record<string, string>;
  /** User to run as; only root may choose. */
  uid?: number;
}

export interface GatewayProcess {
  child: ChildProcess;
  pid: number;
  url: string;
  port: number;
  /** From the start of the process to its greeting. */
  startMs: number;
  /** All it has said so far. */
  output(): string;
  isRunning(): boolean;
  /** Sends a signal without waiting. */
  signal(signal: NodeJS.Signals): void;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** SIGTERM; resolves with its exit code. */
  end(): Promise<number | null>;
  ended: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;
}

/** Starts one without waiting for its greeting. */
export function spawnGateway(settings: GatewaySettings): Omit<GatewayProcess, 'url' | 'port' | 'startMs'> & {
  greeting: Promise<{ url: string; startMs: number }>;
} {
  const startedAtMs = performance.now();
  const child = spawn(process.execPath, [BIN, settings.role ?? 'serve'], {
    uid: settings.uid,
    cwd: settings.folder,
    env: {
      PATH: process.env.PATH,
      NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
      HOME: settings.folder,
      GRADEWAY_PORT: '0',
      GRADEWAY_DATABASE_URL: settings.database.includes('://') ? settings.database : `sqlite:${settings.database}`,
      GRADEWAY_UPSTREAM_OPENAI_URL: settings.upstream,
      GRADEWAY_EVALUATORS: settings.evaluators,
      GRADEWAY_DURABILITY: settings.durability ?? 'durable',
      ...settings.environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const { promise: greeting, resolve, reject } = Promise.withResolvers<{ url: string; startMs: number }>();
  greeting.catch(() => {});
  const listen = (chunk: Buffer): void => {
    output += chunk.toString();
    const found = /Gradeway (?:listens on (http:\S+)|works on evaluations)/.exec(output);
    if (found) resolve({ url: found[1] ?? '', startMs: performance.now() - startedAtMs });
  };
  child.stdout.on('data', listen);
  child.stderr.on('data', listen);
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as NodeJS.Signals | null,
  }));
  const late = setTimeout(() => reject(new Error(`The gateway did not start: ${output}`)), START_LIMIT_MS);
  void ended.then(({ code, signal }) => {
    clearTimeout(late);
    reject(new Error(`The gateway ended with ${code ?? signal}: ${output}`));
  });
  void greeting.catch(() => {}).then(() => clearTimeout(late));
  const isRunning = (): boolean => child.exitCode === null && child.signalCode === null;
  return {
    child,
    pid: child.pid!,
    greeting,
    ended,
    isRunning,
    output: () => output,
    signal: (signal) => void child.kill(signal),
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    async end() {
      child.kill('SIGTERM');
      return (await ended).code;
    },
  };
}

/** Starts one and waits until it listens. Rejects with all it said where it ends instead. */
export async function startGateway(settings: GatewaySettings): Promise<GatewayProcess> {
  const gateway = spawnGateway(settings);
  try {
    const { url, startMs } = await gateway.greeting;
    return { ...gateway, url, startMs, port: url === '' ? 0 : Number(new URL(url).port) };
  } catch (error) {
    if (gateway.isRunning()) await gateway.kill();
    throw error;
  }
}
