/**
 * Exchanges on their way to the recorder thread: many in one message, as one flat list of plain values and one transferred
 * buffer. A message each would cost 10 µs on the serving thread (measured), a list of objects writes all their keys again
 * for each; this costs about 3.
 */
import type { Capture, Exchange } from '../model/exchange.ts';

type Plain = string | number | boolean | undefined;

export interface Batch {
  /** Names it in the answer: batches may be safe in another order than they were sent. */
  number: number;
  count: number;
  /** All values of all exchanges, in the order in which `write` puts them. */
  values: Plain[];
  /** The captured bytes one after another. */
  bytes: Uint8Array<ArrayBuffer>;
  /** Ids among these that were noted as started. */
  startedIds: string[];
}

export function packBatch(exchanges: readonly Exchange[], startedIds: string[], number: number): Batch {
  let total = 0;
  for (const { request, response } of exchanges) total += request.kept + response.kept;
  // Not from the pool of small buffers: the whole underlying memory is transferred.
  const bytes = Buffer.allocUnsafeSlow(total);
  const values: Plain[] = [];
  let offset = 0;
  for (const exchange of exchanges) {
    write(exchange, values);
    for (const capture of [exchange.request, exchange.response])
      for (const part of capture.parts) {
        bytes.set(part, offset);
        offset += part.length;
      }
  }
  return { number, count: exchanges.length, values, bytes, startedIds };
}

export function unpackBatch(batch: Batch): Exchange[] {
  const reader = new Reader(batch);
  return Array.from({ length: batch.count }, () => read(reader));
}

function write(exchange: Exchange, values: Plain[]): void {
  const { directives, request, response } = exchange;
  values.push(
    exchange.id,
    exchange.projectId,
    exchange.upstream,
    exchange.provider,
    exchange.target,
    exchange.method,
    exchange.path,
    exchange.status,
    exchange.errorCode,
    exchange.ending,
    exchange.startedAtMs,
    exchange.firstByteMs,
    exchange.durationMs,
    exchange.isOurs,
    // Of nearly no call is there either.
    jsonOf(exchange.evaluations),
    jsonOf(exchange.later),
    directives.requestId,
    directives.propertiesDropped,
    directives.userId,
    directives.sessionId,
    directives.sessionName,
    directives.sessionPath,
    directives.omitRequest,
    directives.omitResponse,
    directives.modelOverride,
    directives.streamUsage,
    request.kept,
    request.size,
    request.truncated,
    request.sha256,
    response.kept,
    response.size,
    response.truncated,
    response.sha256,
    directives.properties.size,
  );
  for (const [name, value] of directives.properties) values.push(name, value);
  for (const headers of [exchange.requestHeaders, exchange.responseHeaders]) {
    const names = Object.keys(headers);
    values.push(names.length);
    for (const name of names) values.push(name, headers[name]);
  }
  values.push(exchange.arrivals.length, ...exchange.arrivals);
  values.push(exchange.credentials.length, ...exchange.credentials);
}

function read(from: Reader): Exchange {
  const head = {
    id: from.text(),
    projectId: from.text(),
    upstream: from.text(),
    provider: from.next() as Exchange['provider'],
    target: from.text(),
    method: from.text(),
    path: from.text(),
    status: from.next() as number | undefined,
    errorCode: from.next() as string | undefined,
    ending: from.next() as Exchange['ending'],
    startedAtMs: from.number(),
    firstByteMs: from.next() as number | undefined,
    durationMs: from.number(),
    isOurs: from.next() as boolean | undefined,
    evaluations: from.json() as Exchange['evaluations'],
    later: from.json() as Exchange['later'],
  };
  const directives = {
    requestId: from.text(),
    propertiesDropped: from.number(),
    userId: from.next() as string | undefined,
    sessionId: from.next() as string | undefined,
    sessionName: from.next() as string | undefined,
    sessionPath: from.next() as string | undefined,
    omitRequest: from.next() as boolean,
    omitResponse: from.next() as boolean,
    modelOverride: from.next() as string | undefined,
    streamUsage: from.next() as boolean,
  };
  const request = from.capture();
  const response = from.capture();
  const properties = new Map<string, string>();
  for (let left = from.number(); left > 0; left -= 1) properties.set(from.text(), from.text());
  return {
    ...head,
    directives: { ...directives, properties },
    request,
    response,
    requestHeaders: from.headers(),
    responseHeaders: from.headers(),
    arrivals: from.numbers(),
    credentials: from.texts(),
  };
}

function jsonOf(list: readonly unknown[] | undefined): string | undefined {
  return list === undefined || list.length === 0 ? undefined : JSON.stringify(list);
}

class Reader {
  readonly #batch: Batch;
  #at = 0;
  #offset = 0;

  constructor(batch: Batch) {
    this.#batch = batch;
  }

  next(): Plain {
    return this.#batch.values[this.#at++];
  }

  text(): string {
    return this.next() as string;
  }

  json(): unknown {
    const text = this.next() as string | undefined;
    return text === undefined ? undefined : JSON.parse(text);
  }

  number(): number {
    return this.next() as number;
  }

  numbers(): number[] {
    return Array.from({ length: this.number() }, () => this.number());
  }

  texts(): string[] {
    return Array.from({ length: this.number() }, () => this.text());
  }

  headers(): Record<string, string> {
    const headers: Record<string, string> = {};
    for (let left = this.number(); left > 0; left -= 1) headers[this.text()] = this.text();
    return headers;
  }

  capture(): Capture {
    const length = this.number();
    const bytes = this.#batch.bytes.subarray(this.#offset, this.#offset + length);
    this.#offset += length;
    return {
      parts: [bytes],
      kept: length,
      size: this.number(),
      truncated: this.next() as boolean,
      sha256: this.next() as string | undefined,
    };
  }
}
