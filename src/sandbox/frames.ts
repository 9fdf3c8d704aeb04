/**
 * Frames between a parent and its sandbox: one JSON value per line, bounded in size in both directions.
 * What the values mean is left to whoever speaks.
 */

/** Cuts a byte stream into frames; holds at most one unfinished frame of `maxBytes`. */
export class FrameReader {
  readonly #maxBytes: number;
  readonly #onFrame: (frame: unknown) => void;
  #held: Uint8Array[] = [];
  #heldBytes = 0;

  constructor(maxBytes: number, onFrame: (frame: unknown) => void) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** Throws where a frame is larger than allowed or is not JSON; the reader must not be used after that. */
  push(chunk: Uint8Array): void {
    let from = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, from)) {
      this.#hold(chunk.subarray(from, end));
      from = end + 1;
      const bytes = this.#held.length === 1 ? this.#held[0]! : Buffer.concat(this.#held);
      this.#held = [];
      this.#heldBytes = 0;
      this.#onFrame(JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8')));
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
  }

  #hold(part: Uint8Array): void {
    this.#heldBytes += part.length;
    if (this.#heldBytes > this.#maxBytes) throw new RangeError(`A frame is larger than ${this.#maxBytes} bytes`);
    this.#held.push(part);
  }
}

/** A value as a frame. JSON escapes line ends inside texts, so that a line end is always the frame's. */
export function frameOf(value: unknown): Buffer {
  return Buffer.from(`${JSON.stringify(value)}\n`, 'utf8');
}
