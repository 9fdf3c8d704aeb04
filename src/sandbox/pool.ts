/**
 * A few sandboxes of one sort, started when needed and handed to one piece of work at a time. A sandbox that died, or
 * that its user says is spent, is replaced when the next piece of work comes.
 */
import { GatewayError } from '../errors.ts';
import type { Sandbox } from './sandbox.ts';

export interface SandboxPoolOptions {
  /** Most children at a time. */
  size: number;
  /** Starts one and makes it ready; what it throws reaches whoever asked for a sandbox. */
  start(): Promise<Sandbox>;
}

export class SandboxPool {
  readonly #options: SandboxPoolOptions;
  readonly #idle: Sandbox[] = [];
  readonly #all = new Set<Sandbox>();
  readonly #waiting: (() => void)[] = [];
  #taken = 0;
  #closed = false;

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
      ({ reusable } = await work(sandbox));
    } finally {
      this.#taken -= 1;
      if (sandbox && reusable && sandbox.alive) this.#idle.push(sandbox);
      else if (sandbox) await this.#discard(sandbox);
      this.#waiting.shift()?.();
    }
  }

  /** Ends all children, busy ones included; work that still waits for one is refused with `draining`. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#all].map((sandbox) => this.#discard(sandbox)));
  }

  async #take(): Promise<Sandbox> {
    if (this.#closed) throw new GatewayError('draining');
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) {
      if (idle.alive) return idle;
      await this.#discard(idle);
    }
    const sandbox = await this.#options.start();
    this.#all.add(sandbox);
    // It may have been closed while the child started.
    if (this.#closed) {
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
