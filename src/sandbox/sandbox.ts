/**
 * A killable child process that runs one program: an environment of its own (empty unless given), a folder of its own,
 * low priority, frames in and out, and a watch over its deadlines and memory. It knows how to end a child and to say
 * how it ended; what the child does, and whether to start another, is left to the caller.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, unlinkSync } from 'node:fs';
import { constants, setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { FrameReader, frameOf } from './frames.ts';
import { monotonicMs, type OpenSlot, readSlots } from './progress.ts';

export interface SandboxOptions {
  /** File of the program that calls `connectParent`. */
  program: string;
  environment?: Record<string, string>;
  /**
   * Runs the child under Node's permission model, with these paths readable and nothing else allowed but threads, of which
   * the child needs one to end with its parent, and which have no more rights. For code that is not the operator's own.
   */
  permission?: { read: string[] };
  /** V8's heap. */
  heapMb?: number;
  /** All memory of the process. Watched where the system has /proc; elsewhere the heap's limit stands alone. */
  rssMb?: number;
  /** Largest frame in either direction. */
  frameBytes?: number;
}

export const SANDBOX_DEFAULTS = { heapMb: 256, rssMb: 512, frameBytes: 32 * 1024 * 1024 };

/** Kept of what the child writes to its own stdout and stderr; it is not read further than that while it works. */
const OUTPUT_BYTES = 64 * 1024;
const WATCH_MS = 50;
/** A child that has work but neither opens a slot nor answers for this long is stuck in something left behind. */
const STUCK_MS = 10_000;

export interface Death {
  why: 'exited' | 'deadline' | 'memory' | 'stuck' | 'protocol' | 'closed';
  message: string;
  /** What was running. */
  open: OpenSlot[];
  /** When it ended, on the monotonic clock. */
  atMs: number;
  /** The beginning of what it wrote to stdout and stderr itself. */
  output: string;
}

export class Sandbox {
  readonly died: Promise<Death>;
  onFrame: (frame: unknown) => void = () => {};
  readonly #child: ChildProcess;
  readonly #options: SandboxOptions & typeof SANDBOX_DEFAULTS;
  readonly #folder: string;
  readonly #progress: number;
  readonly #input: Writable;
  #output = '';
  #outputBytes = 0;
  #watch: NodeJS.Timeout | undefined;
  #lastSignMs = 0;
  #verdict: Pick<Death, 'why' | 'message'> | undefined;
  #alive = true;

  constructor(options: SandboxOptions) {
    this.#options = { ...SANDBOX_DEFAULTS, ...options };
    this.#folder = mkdtempSync(join(tmpdir(), 'gradeway-'));
    const progressFile = join(this.#folder, 'progress');
    this.#progress = openSync(progressFile, 'w+');
    unlinkSync(progressFile);
    this.#child = spawn(process.execPath, argumentsFor(this.#options), {
      cwd: this.#folder,
      env: this.#options.environment ?? {},
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', this.#progress],
      // A process group of its own: the terminal's Ctrl-C does not reach it, and what it starts is killed with it.
      detached: true,
    });
    this.died = this.#ending();
    this.#lowerPriority();
    this.#input = this.#child.stdio[3] as Writable;
    this.#input.on('error', () => {});
    this.#readFrames(this.#child.stdio[4] as Readable);
    for (const stream of [this.#child.stdout!, this.#child.stderr!]) this.#readOutput(stream);
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Sends a value, or bytes that are a frame already. */
  send(frame: unknown): void {
    const bytes = frame instanceof Uint8Array ? frame : frameOf(frame);
    if (bytes.length > this.#options.frameBytes)
      throw new RangeError(`A frame of ${bytes.length} bytes is larger than ${this.#options.frameBytes}`);
    if (this.#alive) this.#input.write(bytes);
  }

  /** Whether the child has work to do: only then are its deadlines and its memory watched, from now on up to this bound. */
  busy(is: boolean, rssMb = this.#options.rssMb): void {
    this.#options.rssMb = rssMb;
    clearInterval(this.#watch);
    this.#watch = undefined;
    if (!is || !this.#alive) return;
    this.#lastSignMs = monotonicMs();
    this.#output = '';
    this.#outputBytes = 0;
    this.#child.stdout?.resume();
    this.#child.stderr?.resume();
    this.#watch = setInterval(() => this.#look(), WATCH_MS);
  }

  /** Memory of the process in MB, where the system tells. */
  rssMb(): number | undefined {
    try {
      const status = readFileSync(`/proc/${this.#child.pid}/status`, 'latin1');
      return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
    } catch {
      return undefined;
    }
  }

  async close(): Promise<void> {
    this.#kill('closed', 'It was closed.');
    await this.died;
  }

  #look(): void {
    const now = monotonicMs();
    const open = readSlots(this.#progress);
    if (open.length > 0) this.#lastSignMs = now;
    const overdue = open.find((slot) => slot.killAtMs < now);
    // A record may be read while it is written: only one that is still the same counts.
    if (overdue && readSlots(this.#progress).some((s) => s.id === overdue.id && s.killAtMs === overdue.killAtMs))
      return this.#kill('deadline', 'It ran over its deadline.');
    if (now - this.#lastSignMs > STUCK_MS)
      return this.#kill('stuck', `It did not begin its work within ${STUCK_MS} ms.`);
    const rssMb = this.rssMb();
    if (rssMb !== undefined && rssMb > this.#options.rssMb)
      this.#kill('memory', `It used more than ${this.#options.rssMb} MB of memory.`);
  }

  #kill(why: Death['why'], message: string): void {
    if (!this.#alive) return;
    this.#verdict ??= { why, message };
    this.busy(false);
    const pid = this.#child.pid;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      this.#child.kill('SIGKILL');
    }
  }

  #ending(): Promise<Death> {
    const { promise, resolve } = Promise.withResolvers<Death>();
    const finish = (message: string): void => {
      if (!this.#alive) return;
      this.busy(false);
      this.#alive = false;
      for (const stream of this.#child.stdio) stream?.destroy();
      const open = readSlots(this.#progress);
      closeSync(this.#progress);
      rmSync(this.#folder, { recursive: true, force: true });
      resolve({ ...(this.#verdict ?? { why: 'exited', message }), open, atMs: monotonicMs(), output: this.#output });
    };
    this.#child.once('error', (error) => finish(`It could not be started: ${error.message}`));
    this.#child.once('exit', (code, signal) => {
      const message = this.#describe(code, signal);
      // What it said before it ended may still be in the pipe; what it left running must not hold us up.
      const late = setTimeout(() => finish(message), 250);
      this.#child.once('close', () => {
        clearTimeout(late);
        finish(message);
      });
      if (this.#child.pid !== undefined) killGroup(this.#child.pid);
    });
    return promise;
  }

  #describe(code: number | null, signal: string | null): string {
    if (/heap (out of memory|limit)|Allocation failed/i.test(this.#output))
      return `It ran out of memory (heap of ${this.#options.heapMb} MB).`;
    return signal ? `Its process was ended by ${signal}.` : `Its process exited with code ${code}.`;
  }

  #readFrames(stream: Readable): void {
    const reader = new FrameReader(this.#options.frameBytes, (frame) => this.onFrame(frame));
    stream.on('error', () => {});
    stream.on('data', (chunk: Buffer) => {
      this.#lastSignMs = monotonicMs();
      try {
        reader.push(chunk);
      } catch (error) {
        stream.destroy();
        this.#kill('protocol', `It answered with something unreadable: ${String(error)}`);
      }
    });
  }

  #readOutput(stream: Readable): void {
    stream.on('error', () => {});
    // It keeps the half of a character that a chunk ends with; where the output is cut there, it is left out.
    const decoder = new TextDecoder();
    stream.on('data', (chunk: Buffer) => {
      const kept = chunk.subarray(0, Math.max(0, OUTPUT_BYTES - this.#outputBytes));
      this.#output += decoder.decode(kept, { stream: true });
      this.#outputBytes += chunk.length;
      if (this.#outputBytes >= OUTPUT_BYTES) stream.pause();
    });
  }

  #lowerPriority(): void {
    try {
      if (this.#child.pid !== undefined) setPriority(this.#child.pid, constants.priority.PRIORITY_LOW);
    } catch {
      // It has ended already; its ending is reported where it belongs.
    }
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is empty, as it should be.
  }
}

function argumentsFor(options: SandboxOptions & typeof SANDBOX_DEFAULTS): string[] {
  const permission = options.permission
    ? [
        '--permission',
        '--allow-worker',
        '--disable-warning=SecurityWarning',
        ...options.permission.read.map((path) => `--allow-fs-read=${path}`),
      ]
    : [];
  return [
    `--max-old-space-size=${options.heapMb}`,
    '--disable-warning=ExperimentalWarning',
    ...permission,
    options.program,
  ];
}
