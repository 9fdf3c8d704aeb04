/**
 * What a guest is: code that somebody else wrote, inside a WebAssembly module that has no way out. It is handed JSON and
 * gives JSON back, both bounded; nothing else crosses. Which language it speaks is left to the files beside this one.
 */

/** One thing to look at. */
export interface GuestCall {
  /** JSON. */
  log: string;
  /** JSON, where there is one. */
  datapoint: string | undefined;
}

export type GuestEnd =
  /** JSON of what it returned; undefined where it returned nothing. */
  | { end: 'returned'; json: string | undefined }
  | { end: 'failed'; why: 'threw' | 'timeout' | 'memory' | 'invalid' | 'not_loaded' | 'ended'; message: string };

export interface GuestAnswer {
  result: GuestEnd;
  printed: string;
  durationMs: number;
}

/** Characters kept of what one evaluation prints. */
export const PRINTED_CHARACTERS = 64 * 1024;
/** Characters of JSON that an evaluation may return: 100 scores with a reason each of 4 kB, and some. */
export const RESULT_CHARACTERS = 1024 * 1024;
/** Characters of a message. */
export const MESSAGE_CHARACTERS = 2048;
export const DEFAULT_MEMORY_MB = 64;
export const MOST_MEMORY_MB = 256;

/** What a guest printed, cut. */
export class Printed {
  text = '';

  add(piece: string): void {
    const room = PRINTED_CHARACTERS - this.text.length;
    if (room > 0) this.text += piece.slice(0, room);
  }
}
