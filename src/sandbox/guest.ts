/**
 * What a guest is: code that somebody else wrote, inside a WebAssembly module that has no way out. It is handed JSON and
 * gives JSON back, both bounded; nothing else crosses. Which language it speaks is left to the files beside this one.
 */

/** What a call is, as JSON: for both languages the same. */
export interface GuestCall {
  log: unknown;
  datapoint: unknown;
  /** Members of the log that the client asked not to store, by the side they are of: to read one is an error. */
  hidden: Record<string, string[]>;
}

/** How the message of that error goes on. */
export const NOT_STORED = 'body be not stored, and the evaluator reads';

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

/** What a guest printed, cut. */
export class Printed {
  text = '';

  add(piece: string): void {
    const room = PRINTED_CHARACTERS - this.text.length;
    if (room > 0) this.text += piece.slice(0, room);
  }
}
