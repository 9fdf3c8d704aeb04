/**
 * Sending a request to an upstream and following its answer, as forward.ts sees it. undici's agent and handler have this
 * shape; the fast lane's own client has it too.
 */
import type { Readable } from 'node:stream';

export interface UpstreamRequest {
  /** Scheme, host and port. */
  origin: string;
  path: string;
  method: string;
  /** Name, value, name, value; without Host, Connection and framing. */
  headers: string[];
  /** A stream has its length among the headers, or none and goes in chunks. */
  body: Buffer | Readable | null;
}

export interface UpstreamController {
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
  readonly rawHeaders?: unknown;
  readonly rawTrailers?: unknown;
}

export type ParsedHeaders = Readonly<Record<string, string | string[] | undefined>>;

export interface UpstreamHandler {
  /** The request is about to be sent. */
  onRequestStart(controller: UpstreamController): void;
  /** A head, interim ones too. `parsed` holds Connection and Content-Length, by lower-case names. */
  onResponseStart(controller: UpstreamController, status: number, parsed: ParsedHeaders, reason?: string): void;
  /** The chunk's bytes change after the call: whoever keeps them copies them. */
  onResponseData(controller: UpstreamController, chunk: Buffer): void;
  onResponseEnd(controller: UpstreamController): void;
  onResponseError(controller: UpstreamController | null, error: Error & { code?: string }): void;
}

export interface UpstreamClient {
  dispatch(request: UpstreamRequest, handler: UpstreamHandler): unknown;
  /** Closes every connection. */
  destroy(): Promise<void>;
}
