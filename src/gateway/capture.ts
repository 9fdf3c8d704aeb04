/**
 * The bounded copy of the bytes that pass in one direction. A message of one chunk is kept as that chunk, uncopied; more
 * chunks are copied into one growing buffer, since a thousand small slices would keep a thousand allocations alive. The
 * digest starts only when the limit is passed. Reading what the bytes say is left to the recorder.
 */
import { createHash, type Hash } from 'node:crypto';
import type { Capture } from '../model/exchange.ts';

const FIRST_BUFFER_BYTES = 4096;
const NOTHING = new Uint8Array(0);

export class BodyCapture {
  size = 0;
  readonly #limit: number;
  #bytes: Uint8Array = NOTHING;
  #used = 0;
  /** Whether `#bytes` was allocated here and may be written to. */
  #own = false;
  #hash: Hash | undefined;

  constructor(limitBytes: number) {
    this.#limit = limitBytes;
  }

  /** Takes note of bytes that passed. They must not change afterwards. */
  add(chunk: Uint8Array): void {
    const room = this.#limit - this.#used;
    this.size += chunk.length;
    if (this.#hash !== undefined) {
      this.#hash.update(chunk);
      return;
    }
    if (chunk.length > room) {
      this.#hash = createHash('sha256').update(this.#bytes.subarray(0, this.#used)).update(chunk);
      this.#append(chunk.subarray(0, room));
      return;
    }
    if (this.#used === 0) {
      this.#bytes = chunk;
      this.#used = chunk.length;
    } else this.#append(chunk);
  }

  /** The capture so far. The bytes may share memory with what is being sent: copy them, never transfer them. */
  take(): Capture {
    return {
      bytes: this.#used === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#used),
      size: this.size,
      truncated: this.#hash !== undefined,
      sha256: this.#hash?.copy().digest('hex'),
    };
  }

  #append(chunk: Uint8Array): void {
    const needed = this.#used + chunk.length;
    if (!this.#own || needed > this.#bytes.length) {
      const size = Math.max(needed, Math.min(this.#limit, Math.max(FIRST_BUFFER_BYTES, this.#used * 2)));
      const larger = Buffer.allocUnsafeSlow(size);
      larger.set(this.#used === this.#bytes.length ? this.#bytes : this.#bytes.subarray(0, this.#used), 0);
      this.#bytes = larger;
      this.#own = true;
    }
    this.#bytes.set(chunk, this.#used);
    this.#used = needed;
  }
}
