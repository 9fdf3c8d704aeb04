/** A request that the fast lane has let in. Its body comes from client-connection.ts, which also knows when it is whole. */
import type { Incoming } from '../client-side.ts';
import type { RequestHead } from './request-head.ts';

export class FastIncoming implements Incoming {
  readonly method: string;
  readonly url: string;
  readonly httpVersion = '1.1';
  readonly httpVersionMinor = 1;
  readonly rawHeaders: readonly string[];
  readonly headers: RequestHead['headers'];
  readonly wholeBody: Buffer | undefined;
  complete: boolean;
  #onData: ((chunk: Buffer) => void) | undefined;
  #onEnd: (() => void)[] | undefined;
  /** What came before anybody wanted it, such as while a key is looked up. Bodies are bounded in this lane. */
  #early: Buffer[] | undefined;

  constructor(head: RequestHead, wholeBody: Buffer | undefined) {
    this.method = head.method;
    this.url = head.url;
    this.rawHeaders = head.rawHeaders;
    this.headers = head.headers;
    this.wholeBody = wholeBody;
    this.complete = head.length === 0 || wholeBody !== undefined;
  }

  /** Takes part of the body; `last` is its end. */
  arrived(chunk: Buffer, last: boolean): void {
    this.complete = last;
    if (this.#onData === undefined) (this.#early ??= []).push(chunk);
    else this.#onData(chunk);
    if (last) for (const listener of this.#onEnd ?? []) listener();
  }

  on(event: 'data' | 'end', listener: (chunk: Buffer) => void): void {
    if (event === 'end') {
      if (this.complete) (listener as () => void)();
      else (this.#onEnd ??= []).push(listener as () => void);
      return;
    }
    this.#onData = listener;
    const early = this.#early;
    this.#early = undefined;
    for (const chunk of early ?? []) listener(chunk);
  }

  once(event: 'end', listener: () => void): void {
    this.on(event, listener);
  }

  // A body of this lane is collected, and so never held back.
  pause(): void {}
  resume(): void {}
  isPaused(): boolean {
    return false;
  }
}
