/**
 * The client's request body on its way upstream. A small one with a declared length is collected and sent as one buffer;
 * any other flows through `Upload`, which keeps undici's hands off the incoming message: undici destroys a body that it no
 * longer needs, and a destroyed message would stall the client's connection. What to do at the limit is left to forward.ts.
 */
import { Readable } from 'node:stream';
import type { Incoming } from './client-side.ts';

/** Bodies up to this size are sent as one buffer. */
export const COLLECTED_BYTES = 1024 * 1024;

/**
 * Whether a request has a body: a length in bytes, -1 for chunks, undefined for none. A length was checked by the parser.
 */
export function declaredLength(incoming: Incoming): number | undefined {
  const length = incoming.headers['content-length'];
  if (length !== undefined) return length === '0' ? undefined : Number(length);
  return incoming.headers['transfer-encoding'] === undefined ? undefined : -1;
}

/** Collects a body of known length. Not called back when the client goes away first. */
export function collect(incoming: Incoming, length: number, done: (body: Buffer) => void): void {
  if (incoming.wholeBody !== undefined) {
    done(incoming.wholeBody);
    return;
  }
  let parts: Buffer[] | undefined;
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (parts === undefined && size === length) {
      done(chunk);
      return;
    }
    (parts ??= []).push(chunk);
    if (size === length) done(Buffer.concat(parts, size));
  });
}

/** Collects a body of unknown length, at most `limit` bytes; `undefined` when there is more. */
export function collectAll(incoming: Incoming, limit: number, done: (body: Buffer | undefined) => void): void {
  if (incoming.wholeBody !== undefined) {
    done(incoming.wholeBody.length <= limit ? incoming.wholeBody : undefined);
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    const before = size;
    size += chunk.length;
    if (size <= limit) parts.push(chunk);
    else if (before <= limit) done(undefined);
  });
  incoming.on('end', () => {
    if (size <= limit) done(Buffer.concat(parts, size));
  });
}

/**
 * Collects a body of any length as far as `limit`: whole, or what has come when there is more, behind which whoever is called
 * has to listen for the rest. A declared length is not above the limit. Called back once, and not at all when the client goes
 * away first.
 */
export function collectSome(incoming: Incoming, limit: number, done: (body: Buffer, isWhole: boolean) => void): void {
  if (incoming.wholeBody !== undefined) {
    done(incoming.wholeBody, true);
    return;
  }
  const parts: Buffer[] = [];
  let size = 0;
  let isOver = false;
  incoming.on('data', (chunk: Buffer) => {
    if (isOver) return;
    parts.push(chunk);
    size += chunk.length;
    if (size <= limit) return;
    isOver = true;
    done(Buffer.concat(parts.splice(0), size), false);
  });
  incoming.on('end', () => {
    if (isOver) return;
    isOver = true;
    done(Buffer.concat(parts, size), true);
  });
}

export interface UploadWatcher {
  /** Sees each chunk before it goes on. False: the body ends here. */
  uploading(chunk: Buffer): boolean;
  /** Whether it is the upstream that everything waits for, and no longer the client. */
  waitsForUpstream(waits: boolean): void;
}

/** A body that flows: what the upstream does not take, the client may not send. */
export class Upload extends Readable {
  readonly #incoming: Incoming;
  readonly #watcher: UploadWatcher;
  #done = false;

  /** `begun` is what has come of it already. */
  constructor(incoming: Incoming, watcher: UploadWatcher, begun?: Buffer) {
    super();
    this.#incoming = incoming;
    this.#watcher = watcher;
    this.on('error', ignore);
    incoming.on('data', (chunk: Buffer) => {
      if (this.#done || !watcher.uploading(chunk) || this.push(chunk)) return;
      incoming.pause();
      watcher.waitsForUpstream(true);
    });
    incoming.on('end', () => {
      if (this.#done) return;
      this.push(null);
      watcher.waitsForUpstream(true);
    });
    incoming.pause();
    if (begun !== undefined && watcher.uploading(begun)) this.push(begun);
  }

  override _read(): void {
    if (!this.#incoming.isPaused()) return;
    this.#watcher.waitsForUpstream(false);
    this.#incoming.resume();
  }

  /** The upstream wants no more: the rest is read and thrown away, so that the client gets to read its answer. */
  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#done = true;
    this.#incoming.resume();
    callback(error);
  }
}

function ignore(): void {
  // undici reports the same error to the dispatch handler.
}
