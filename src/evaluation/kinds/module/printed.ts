/** How much of what an evaluation prints is kept: bytes of UTF-8, and no half of a character. */

export const PRINTED_BYTES = 64 * 1024;

const encoder = new TextEncoder();
const room = new Uint8Array(PRINTED_BYTES);

/** The beginning of a text that has at most so many bytes as UTF-8. */
export function cutBytes(text: string, bytes: number): string {
  // No character of a text takes more than three bytes; one of four takes two places in it.
  if (text.length * 3 <= bytes) return text;
  const { read } = encoder.encodeInto(text, room.subarray(0, Math.max(0, bytes)));
  return text.slice(0, read);
}
