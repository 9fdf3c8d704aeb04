/** One request and its answer: the handler's hold on a connection to an upstream, which lets go when the answer is over. */
import type { UpstreamController, UpstreamHandler } from '../upstream-side.ts';

/** What a handler may do to its connection. */
export interface HeldConnection {
  resume(): void;
  destroy(): void;
}

export class Exchange implements UpstreamController {
  readonly handler: UpstreamHandler;
  over = false;
  paused = false;
  /** The request is on its way. */
  started = false;
  rawHeaders: string[] | undefined = undefined;
  readonly rawTrailers = null;
  readonly #connection: HeldConnection;

  constructor(connection: HeldConnection, handler: UpstreamHandler) {
    this.#connection = connection;
    this.handler = handler;
  }

  abort(): void {
    if (this.over) return;
    this.over = true;
    // Before anything was written the connection is as good as it was; `send` sees to that.
    if (this.started) this.#connection.destroy();
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    if (this.over || !this.paused) return;
    this.paused = false;
    this.#connection.resume();
  }
}
