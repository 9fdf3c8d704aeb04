/** Many streams at once. Every event carries the time at which it was sent, by the clock that all processes share. */
import { nowUs, sleep } from '../clock.ts';
import { type Distribution, distribution } from '../numbers.ts';
import { STAMP_DIGITS, STAMP_MARK } from '../payloads.ts';
import { Connection } from './connection.ts';

export interface Streams {
  kind: 'streams';
  port: number;
  request: string;
  streams: number;
  /** Over which they are opened. */
  rampMs: number;
  /** Each connection begins a new stream where its last one has ended before this; 0 for one each. */
  againForMs: number;
  /** Events of one stream, to know the room that all delays need. */
  events: number;
}

export interface StreamsResult {
  /** Events received. */
  events: number;
  /** From being sent to being received, of the events that came while all streams were open, microseconds. */
  delayUs: Distribution;
}

const MARK = Buffer.from(STAMP_MARK);
const STAMP_BYTES = MARK.length + STAMP_DIGITS;
const NOTHING = Buffer.alloc(0);

/** Resolves when every stream has ended. Rejects at the first answer that is not 200. */
export async function manyStreams(command: Streams): Promise<StreamsResult> {
  const { port, streams, rampMs, againForMs } = command;
  const request = Buffer.from(command.request, 'latin1');
  const connections: Connection[] = [];
  const ended: Promise<void>[] = [];
  const again = Math.ceil(againForMs / 100) + 2;
  let delays = new Float64Array(streams * command.events * (againForMs > 0 ? again : 1));
  let delayed = 0;
  let events = 0;
  let running = 0;
  const startedAt = performance.now();

  const run = (connection: Connection): Promise<void> =>
    new Promise((resolve, reject) => {
      const seen = new Stamps((stampUs) => {
        events += 1;
        if (running === streams && delayed < delays.length) delays[delayed++] = nowUs() - stampUs;
      });
      const listener = {
        body: (piece: Buffer): void => seen.read(piece),
        done(status: number): void {
          if (status !== 200) reject(new Error(`port ${port} answered ${status}`));
          else if (performance.now() - startedAt < againForMs) connection.send(request, listener);
          else {
            running -= 1;
            resolve();
          }
        },
        failed: (reason: string): void => reject(new Error(`port ${port}: ${reason}`)),
      };
      running += 1;
      connection.send(request, listener);
    });

  try {
    for (let index = 0; index < streams; index += 1) {
      const aheadMs = (index / streams) * rampMs - (performance.now() - startedAt);
      if (aheadMs >= 1) await sleep(aheadMs);
      const connection = await Connection.open(port);
      connections.push(connection);
      const end = run(connection);
      // Looked at below; a rejection before that is not unhandled.
      end.catch(() => {});
      ended.push(end);
    }
    await Promise.all(ended);
  } finally {
    for (const connection of connections) connection.close();
  }
  if (delayed === 0) throw new Error(`port ${port}: the ${streams} streams were never all open at once`);
  delays = delays.slice(0, delayed);
  return { events, delayUs: distribution(delays) };
}

/** Finds the stamps in the pieces of one stream, also where a piece ends inside one. */
class Stamps {
  readonly #found: (stampUs: number) => void;
  #kept: Buffer = NOTHING;

  constructor(found: (stampUs: number) => void) {
    this.#found = found;
  }

  read(piece: Buffer): void {
    const bytes = this.#kept.length === 0 ? piece : Buffer.concat([this.#kept, piece]);
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(MARK, from);
      if (at === -1 || at + STAMP_BYTES > bytes.length) {
        from = at === -1 ? Math.max(from, bytes.length - MARK.length + 1) : at;
        break;
      }
      let stampUs = 0;
      for (let index = at + MARK.length; index < at + STAMP_BYTES; index += 1)
        stampUs = stampUs * 10 + bytes[index]! - 48;
      this.#found(stampUs);
      from = at + STAMP_BYTES;
    }
    this.#kept = from < bytes.length ? Buffer.from(bytes.subarray(from)) : NOTHING;
  }
}
