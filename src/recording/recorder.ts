/**
 * The recorder as the serving thread holds it: takes exchanges, sends them in batches to the thread that commits them,
 * and says when they are safe. Batches form by themselves: whatever ends in one turn of the event loop goes together.
 */
import { Worker, type MessagePort } from 'node:worker_threads';
import { GatewayError } from '../errors.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Exchange, StartedExchange } from '../model/exchange.ts';
import type { Rule } from '../model/rule.ts';
import type { WebhookRule } from '../model/webhook.ts';
import { packBatch } from './batch.ts';
import type { FromThread, RecorderState, RecorderThreadData, ToThread } from './recorder-messages.ts';

export type { RecorderState };

export interface RecorderOptions extends RecorderThreadData {
  durability: 'durable' | 'fast';
  /** Captured bytes that may be on their way; beyond it `fast` waits as `durable` does, so that memory stays bounded. */
  pendingBytes: number;
  onState: (state: RecorderState) => void;
  /** Jobs were committed: consumers may look. Not called before `recover` is done: consumers look when they start. */
  onJobs: () => void;
  /** The thread died, which only a fault of ours can do: nothing more can be recorded. */
  onFault: (error: Error) => void;
  /** How long a batch took from being sent to being safe. */
  onCommit?: (logs: number, tookMs: number) => void;
}

interface SentBatch {
  resolvers: Resolver[];
  bytes: number;
  sentAtMs: number;
}

/** Of those that somebody waits for. */
type Resolver = (() => void) | undefined;

/**
 * A batch has about so many captured bytes: the recorder's thread has all of a batch in memory at once, several times over.
 * When 2,000 streams end together, one batch of all of them takes 80 kB for each (measured).
 */
const BATCH_BYTES = 2 << 20;
/** `fast` gathers for so long; nobody waits for it. */
const FAST_BATCH_MS = 5;
const SETTLED = Promise.resolve();

export class Recorder {
  readonly #options: RecorderOptions;
  readonly #thread: Worker;
  readonly #sent = new Map<number, SentBatch>();
  #batches = 0;
  readonly #started = new Set<string>();
  #exchanges: Exchange[] = [];
  /** One for each of these. */
  #resolvers: Resolver[] = [];
  #pendingBytes = 0;
  #scheduled = false;
  #idle: (() => void) | undefined;
  #recovered: (() => void) | undefined;
  #isRecovered = false;
  #closing = false;

  private constructor(options: RecorderOptions, thread: Worker) {
    this.#options = options;
    this.#thread = thread;
  }

  /** Opens the store. Rejects with `store_unusable`. */
  static async start(options: RecorderOptions): Promise<Recorder> {
    const { location, replica, spoolFileBytes, spoolMemoryBytes, redaction } = options;
    const workerData: RecorderThreadData = { location, replica, spoolFileBytes, spoolMemoryBytes, redaction };
    const thread = new Worker(new URL(`./recorder-thread${import.meta.filename.slice(-3)}`, import.meta.url), {
      workerData,
      name: 'recorder',
      resourceLimits: { maxYoungGenerationSizeMb: 12 },
    });
    const recorder = new Recorder(options, thread);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    thread.on('message', (message: FromThread) => {
      if ('ready' in message) resolve();
      else if ('failure' in message) reject(new GatewayError('store_unusable', { message: message.failure.message }));
      else recorder.#hear(message);
    });
    thread.on('error', (error: Error) => {
      reject(error);
      options.onFault(error);
    });
    thread.on('exit', () => {
      if (!recorder.#closing) options.onFault(new Error('The recorder thread ended'));
    });
    await promise;
    return recorder;
  }

  /** Resolves when the log is committed or spooled; in `fast` mode at once, unless too much is on its way. Never rejects. */
  record(exchange: Exchange): Promise<void> {
    this.#exchanges.push(exchange);
    this.#pendingBytes += bytesOf(exchange);
    const waits = this.#options.durability === 'durable' || this.isBehind;
    this.#schedule(waits);
    if (waits) return new Promise<void>((resolve) => this.#resolvers.push(resolve));
    this.#resolvers.push(undefined);
    return SETTLED;
  }

  /** Notes a call that has been running for a while. */
  started(exchange: StartedExchange): void {
    this.#started.add(exchange.id);
    this.#post({ started: exchange });
  }

  /** Records what an earlier process left unfinished, and gives these evaluators everything from now on. */
  async recover(evaluators: Evaluator[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#recovered = resolve;
    this.#post({ recover: evaluators });
    await promise;
  }

  /** From now on logs are given to these evaluators. */
  useEvaluators(evaluators: Evaluator[]): void {
    this.#post({ evaluators });
  }

  /** From now on these rules say which logs, besides those that stand in evaluators' files. */
  useRules(rules: Rule[]): void {
    this.#post({ rules });
  }

  /** From now on these webhooks are told of logs. */
  useWebhooks(webhooks: WebhookRule[]): void {
    this.#post({ webhooks });
  }

  /** Serves the store's writing operations through a port. */
  serve(port: MessagePort): void {
    this.#thread.postMessage({ port } satisfies ToThread, [port]);
  }

  finishCheckpoint(): void {
    this.#post({ finishCheckpoint: true });
  }

  /** Whether more is on its way than `pendingBytes`. */
  get isBehind(): boolean {
    return this.#pendingBytes > this.#options.pendingBytes;
  }

  /** Sends what is there, waits until all is safe, and closes the database. */
  async close(): Promise<void> {
    this.#send();
    if (this.#sent.size > 0)
      await new Promise<void>((resolve) => {
        this.#idle = resolve;
      });
    this.#closing = true;
    const gone = new Promise((resolve) => this.#thread.once('exit', resolve));
    this.#post({ close: true });
    await gone;
  }

  /**
   * One batch is under way at a time: what comes meanwhile goes into the next, which is sent when the last is safe. So
   * batches, and with them commits, grow with the load (a tenth less CPU a call, measured).
   */
  #schedule(waits: boolean): void {
    if (this.#scheduled || (waits && this.#sent.size > 0)) return;
    this.#scheduled = true;
    if (waits) setImmediate(() => this.#send());
    else setTimeout(() => this.#send(), FAST_BATCH_MS);
  }

  #send(): void {
    this.#scheduled = false;
    if (this.#exchanges.length === 0) return;
    let [count, bytes] = [0, 0];
    while (count < this.#exchanges.length && bytes < BATCH_BYTES) bytes += bytesOf(this.#exchanges[count++]!);
    const exchanges = this.#exchanges.splice(0, count);
    const resolvers = this.#resolvers.splice(0, count);
    const startedIds =
      this.#started.size === 0 ? [] : exchanges.filter(({ id }) => this.#started.delete(id)).map(({ id }) => id);
    const batch = packBatch(exchanges, startedIds, ++this.#batches);
    this.#sent.set(batch.number, { resolvers, bytes, sentAtMs: performance.now() });
    this.#thread.postMessage({ batch } satisfies ToThread, [batch.bytes.buffer]);
  }

  #hear(message: FromThread): void {
    if ('recovered' in message) {
      this.#isRecovered = true;
      return this.#recovered?.();
    }
    if ('jobs' in message) {
      // Before that the owner is still starting its parts (the spool of an earlier process may come back meanwhile).
      if (this.#isRecovered) this.#options.onJobs();
      return;
    }
    if ('state' in message) this.#options.onState(message.state);
    if (!('safe' in message)) return;
    const batch = this.#sent.get(message.safe)!;
    this.#sent.delete(message.safe);
    this.#pendingBytes -= batch.bytes;
    for (const resolve of batch.resolvers) resolve?.();
    this.#options.onCommit?.(message.logs, performance.now() - batch.sentAtMs);
    if (this.#exchanges.length > 0) this.#schedule(true);
    else if (this.#sent.size === 0) this.#idle?.();
  }

  #post(message: ToThread): void {
    this.#thread.postMessage(message);
  }
}

function bytesOf({ request, response }: Exchange): number {
  return request.kept + response.kept + 1024;
}
