/** Calls of named operations through a message port, both ends. Errors keep their code on the way. */
import type { MessagePort, Worker } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';

export interface Call {
  id: number;
  name: string;
  parameters: unknown[];
}

/** What a channel's end and a worker have in common. */
export type Port = MessagePort | Worker;

interface Answer {
  id: number;
  result?: unknown;
  failure?: { code: string; message: string };
}

/** Operations as they are called through a port. */
type Operations = Record<string, (...given: never[]) => unknown>;
export type Calls<Of extends Operations> = <Name extends keyof Of & string>(
  name: Name,
  ...parameters: Parameters<Of[Name]>
) => Promise<Awaited<ReturnType<Of[Name]>>>;

/** Runs one call and posts its answer. */
export async function answer(port: Pick<MessagePort, 'postMessage'>, call: Call, run: () => unknown): Promise<void> {
  try {
    const result = await run();
    port.postMessage({ id: call.id, result } satisfies Answer);
  } catch (error) {
    const { code = 'internal', message } = error as { code?: string; message: string };
    port.postMessage({ id: call.id, failure: { code, message } } satisfies Answer);
  }
}

/** The calling end. Rejects with `store_unavailable` when the other end fails or goes away. */
export class Caller {
  readonly #port: MessagePort;
  readonly #open = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  #nextId = 1;
  #gone: Error | undefined;

  constructor(port: Port) {
    // A worker has every method of a port that is used here; the union of the two types cannot be called.
    const end = port as MessagePort;
    this.#port = end;
    const gone = (): void => this.#fail(new GatewayError('store_unavailable', { message: 'The store is closed.' }));
    end.on('message', (message: Answer) => this.#settle(message));
    end.on('close', gone);
    (port as Worker).on('exit', gone);
    end.unref();
  }

  call<Result>(name: string, parameters: unknown[]): Promise<Result> {
    if (this.#gone) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#open.set(id, { resolve: resolve, reject });
      // Held open while an answer is awaited, so that a command's process does not end before it has come.
      if (this.#open.size === 1) this.#port.ref();
      this.#port.postMessage({ id, name, parameters } satisfies Call);
    });
  }

  #settle({ id, result, failure }: Answer): void {
    const call = this.#open.get(id);
    if (!call) return;
    this.#open.delete(id);
    if (this.#open.size === 0) this.#port.unref();
    if (failure) call.reject(failureOf(failure));
    else call.resolve(result as never);
  }

  #fail(error: Error): void {
    this.#gone = error;
    for (const call of this.#open.values()) call.reject(error);
    this.#open.clear();
  }
}

/** Of what the store says itself: that the question was too large, or that it makes no sense. Anything else is its failure. */
const SAID_BY_US = new Set(['question_too_large', 'validation_failed', 'not_implemented']);

function failureOf(failure: { code: string; message: string }): GatewayError {
  const { code, message } = failure;
  if (SAID_BY_US.has(code)) return new GatewayError(code as 'question_too_large', { message });
  return new GatewayError('store_unavailable', { message: advice(failure), cause: failure });
}

function advice({ code, message }: { code: string; message: string }): string {
  return `The store failed (${code}: ${message}). Proxied calls go on; try this again later.`;
}
