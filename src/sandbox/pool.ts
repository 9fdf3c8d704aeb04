/**
 * A few sandboxes of one sort, started when needed and handed to one piece of work at a time. A sandbox that died, or
 * that its user says is spent, is replaced when the next piece of work comes, or at once where spares are kept.
 */
import { GatewayError } from '../errors.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxPoolOptions {
  /** Most children at a time. */
  size: number;
  /** Starts one and makes it ready; what it throws reaches whoever asked for a sandbox. It is to give up when aborted. */
  start(signal: AbortSignal): Promise<Sandbox>;
  /** From the first loss on, keeps one ready beside those at work, where there is room, so that the next loss is not waited for. */
  spare?: boolean;
}

export class SandboxPool {
  readonly #options: SandboxPoolOptions;
  readonly #idle: Sandbox[] = [];
  readonly #all = new Set<Sandbox>();
  readonly #starting = new Set<Promise<Sandbox>>();
  readonly #waiting: (() => void)[] = [];
  readonly #closed = new AbortController();
  #spare: Promise<void> | undefined;
  #taken = 0;
  #keepsSpare = false;

  constructor(options: SandboxPoolOptions) {
    this.#options = options;
  }

  /** Puts a sandbox that was started elsewhere to use. */
  add(sandbox: Sandbox): void {
    this.#all.add(sandbox);
    this.#idle.push(sandbox);
  }

  /** Hands a sandbox to `work`; `work` answers whether the sandbox may be used again. */
  async use(work: (sandbox: Sandbox) => Promise<{ reusable: boolean }>): Promise<void> {
    while (this.#taken >= this.#options.size) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.push(resolve);
      await promise;
    }
    this.#taken += 1;
    let sandbox: Sandbox | undefined;
    let reusable = false;
    try {
      sandbox = await this.#take();
      if (this.#keepsSpare) this.startAhead();
      ({ reusable } = await work(sandbox));
    } finally {
      this.#taken -= 1;
      if (sandbox && reusable && sandbox.alive) this.#idle.push(sandbox);
      else if (sandbox) {
        await this.#discard(sandbox);
        this.#keepsSpare = this.#options.spare ?? false;
        if (this.#keepsSpare) this.startAhead();
      }
      this.#waiting.shift()?.();
    }
  }

  /** Starts one ahead of work, unless one is idle. Whoever needs it hears why it did not start. */
  startAhead(): void {
    if (this.#spare || this.#idle.length > 0 || this.#all.size + this.#starting.size >= this.#options.size) return;
    this.#spare = this.#start()
      .then((sandbox) => void this.#idle.push(sandbox))
      .catch(() => {})
      .finally(() => (this.#spare = undefined));
  }

  /** Ends all children, busy ones included; work that still waits for one is refused with `draining`. */
  async close(): Promise<void> {
    this.#closed.abort();
    await Promise.all([...this.#all].map((sandbox) => this.#discard(sandbox)));
    await Promise.allSettled(this.#starting);
  }

  async #take(): Promise<Sandbox> {
    for (;;) {
      if (this.#closed.signal.aborted) throw new GatewayError('draining');
      const idle = this.#idle.pop();
      if (idle?.alive) return idle;
      if (idle) await this.#discard(idle);
      else if (this.#spare) await this.#spare;
      else return this.#start();
    }
  }

  async #start(): Promise<Sandbox> {
    if (this.#closed.signal.aborted) throw new GatewayError('draining');
    const starting = this.#options.start(this.#closed.signal);
    this.#starting.add(starting);
    let sandbox;
    try {
      sandbox = await starting;
    } finally {
      this.#starting.delete(starting);
    }
    this.#all.add(sandbox);
    // It may have been closed while the child started.
    if (this.#closed.signal.aborted) {
      await this.#discard(sandbox);
      throw new GatewayError('draining');
    }
    return sandbox;
  }

  async #discard(sandbox: Sandbox): Promise<void> {
    this.#all.delete(sandbox);
    await sandbox.close();
  }
}
