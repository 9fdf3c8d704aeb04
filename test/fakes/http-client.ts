/** A client on node:http that keeps everything of an answer as it came: head, informational heads, body, trailers, cuts. */
import { Agent, request } from 'node:http';

export interface HttpAnswer {
  status: number;
  reason: string;
  rawHeaders: string[];
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
  rawTrailers: string[];
  /** 1xx heads before the answer. */
  informational: { status: number; rawHeaders: string[] }[];
  /** Whether the body ended as its framing said. */
  complete: boolean;
  /** When the head, and when the end was seen; performance.now(). */
  headAt: number;
  endAt: number;
}

export interface HttpCall {
  method?: string;
  path?: string;
  /** Name, value, name, value; or a record. */
  headers?: string[] | Record<string, string | string[]>;
  body?: Buffer | string;
  agent?: Agent;
  signal?: AbortSignal;
  onData?: (chunk: Buffer) => void;
}

/** Sends one request and resolves with the answer, also where that was cut. Rejects where no head came. */
export function call(port: number, options: HttpCall = {}): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const informational: HttpAnswer['informational'] = [];
    // Kept alive, as applications do it: the fast lane takes no request that closes its connection.
    const agent = options.agent ?? new Agent({ keepAlive: true });
    const outgoing = request({
      port,
      host: '127.0.0.1',
      method: options.method ?? (options.body === undefined ? 'GET' : 'POST'),
      path: options.path ?? '/v1/models',
      headers: options.headers ?? {},
      agent,
      signal: options.signal,
      maxHeaderSize: 256 * 1024,
    });
    outgoing.on('information', (info) => {
      informational.push({ status: info.statusCode, rawHeaders: info.rawHeaders });
    });
    outgoing.on('error', reject);
    outgoing.on('close', () => {
      if (agent !== options.agent) agent.destroy();
    });
    outgoing.on('response', (incoming) => {
      const headAt = performance.now();
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        options.onData?.(chunk);
      });
      incoming.on('error', () => {});
      incoming.on('close', () => {
        resolve({
          status: incoming.statusCode!,
          reason: incoming.statusMessage!,
          rawHeaders: incoming.rawHeaders,
          headers: incoming.headers,
          body: Buffer.concat(chunks),
          rawTrailers: incoming.rawTrailers,
          informational,
          complete: incoming.complete,
          headAt,
          endAt: performance.now(),
        });
      });
    });
    outgoing.end(options.body);
  });
}

/** Our error in an answer, as its body has it. */
export function errorOf(answer: { body: Buffer }): {
  code: string;
  message: string;
  type: string;
  /** Null where there is no log. */
  log_id: string | null;
} {
  return (JSON.parse(answer.body.toString()) as { error: ReturnType<typeof errorOf> }).error;
}
