/** Child processes of a run: started, waited for, and ended by their own ids, also when the run itself is interrupted. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { createServer, connect } from 'node:net';
import { sleep } from './clock.ts';

export interface Child {
  process: ChildProcess;
  pid: number;
  stop(): Promise<void>;
}

const STOP_MS = 10_000;
const START_MS = 20_000;
const running = new Set<ChildProcess>();

process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

function held(child: ChildProcess): Child {
  running.add(child);
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => {
      running.delete(child);
      resolve();
    });
  });
  return {
    process: child,
    pid: child.pid!,
    async stop() {
      if (!running.has(child)) return;
      child.kill('SIGTERM');
      const killer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await gone;
      clearTimeout(killer);
    },
  };
}

/** A program of the bench itself, with a channel. */
export function startFork(program: string): Child {
  return held(fork(program, { execArgv: [], serialization: 'advanced' }));
}

export interface Program {
  command: string;
  arguments: string[];
  folder: string;
  environment: Record<string, string>;
  /** File for what it prints. */
  output: string;
}

export function startProgram(program: Program): Child {
  const output = openSync(program.output, 'a');
  try {
    return held(
      spawn(program.command, program.arguments, {
        cwd: program.folder,
        env: program.environment,
        stdio: ['ignore', output, output],
      }),
    );
  } finally {
    closeSync(output);
  }
}

/** Resolves when the port accepts connections; rejects with the child's own last words where it ends before that. */
export async function whenListening(child: Child, port: number, output: string): Promise<void> {
  const until = Date.now() + START_MS;
  for (;;) {
    if (await accepts(port)) return;
    const { exitCode, signalCode } = child.process;
    if (exitCode !== null || signalCode !== null || Date.now() > until) {
      await child.stop();
      throw new Error(`it does not listen; it said:\n${readFileSync(output, 'utf8').slice(-2000)}`);
    }
    await sleep(50);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const answer = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** A port that was free a moment ago, for programs that cannot choose one themselves. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
