/**
 * A request and the way to answer it, as far as the gateway looks at either. Node's own messages are such, and so are those of
 * the fast lane: what is done with a call is written once, and is the same whichever lane it came by.
 */
import type { Socket } from 'node:net';

/** The headers that the gateway asks for by name. */
export type AskedHeaders = {
  readonly [
    Name in
      | 'connection'
      | 'content-encoding'
      | 'content-length'
      | 'expect'
      | 'host'
      | 'origin'
      | 'sec-fetch-site'
      | 'transfer-encoding'
      | 'upgrade'
  ]?: string | undefined;
};

export interface Incoming {
  readonly method?: string | undefined;
  /** The request target as it was sent. */
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly httpVersionMinor: number;
  /** Name, value, name, value; as sent. */
  readonly rawHeaders: readonly string[];
  readonly headers: AskedHeaders;
  /** Whether the request has arrived to its last byte. */
  readonly complete: boolean;
  /** The body, where it was there together with the head; else it comes as `data`. */
  readonly wholeBody?: Buffer | undefined;
  on(event: 'data', listener: (chunk: Buffer) => void): unknown;
  on(event: 'end', listener: () => void): unknown;
  once(event: 'end', listener: () => void): unknown;
  pause(): unknown;
  resume(): unknown;
  isPaused(): boolean;
}

export interface Outgoing {
  readonly headersSent: boolean;
  readonly destroyed: boolean;
  readonly writableEnded: boolean;
  /** Bytes that wait, of this answer. */
  readonly writableLength: number;
  readonly chunkedEncoding: boolean;
  readonly socket: Socket | null;
  /** Whether a Date of our own goes into the head. */
  sendDate: boolean;
  writeContinue(): void;
  writeInformation(status: number, headers: string[]): unknown;
  /** Headers as name, value, name, value. */
  writeHead(status: number, headers: string[]): unknown;
  writeHead(status: number, reason: string, headers: string[]): unknown;
  flushHeaders(): void;
  /** False: it is more than the client takes now; `drain` will say when it goes on. */
  write(chunk: Buffer): boolean;
  addTrailers(trailers: [string, string][]): void;
  end(chunk?: Buffer): unknown;
  /** Breaks the connection off. */
  destroy(error?: Error): unknown;
  on(event: 'close' | 'drain', listener: () => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}
