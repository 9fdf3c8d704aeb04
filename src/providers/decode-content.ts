/** Undoes content-encodings of captured bodies: bounded, and tolerant of wrong labels and of captures that were cut. */
import { isUtf8 } from 'node:buffer';
import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateRawSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

/** What one body may unfold to; a thousandfold bomb stops here. */
export const MAX_DECODED_BYTES = 16 * 1024 * 1024;
const MAX_CODINGS = 4;

export interface Decoded {
  bytes: Uint8Array;
  /** Whether a coding was undone, so that offsets are not those of the wire. */
  encoded: boolean;
  error: string | null;
}

type Decode = (bytes: Uint8Array, lenient: boolean) => Uint8Array;

const cap = { maxOutputLength: MAX_DECODED_BYTES };
const gzip: Decode = (bytes) => gunzipSync(bytes, { ...cap, finishFlush: constants.Z_SYNC_FLUSH });
const zstd: Decode = (bytes) => zstdDecompressSync(bytes, { ...cap, finishFlush: constants.ZSTD_e_flush });

/** A lenient decoder takes data that was cut; where the coding has no magic number, it takes nearly anything. */
const DECODERS: Record<string, Decode[]> = {
  gzip: [gzip],
  'x-gzip': [gzip],
  zstd: [zstd],
  br: [
    (bytes, lenient) =>
      brotliDecompressSync(bytes, lenient ? { ...cap, finishFlush: constants.BROTLI_OPERATION_FLUSH } : cap),
  ],
  // RFC 9110, 8.4.1.2: zlib's format; some servers send the bare stream.
  deflate: [inflateSync, inflateRawSync].map(
    (inflate) => (bytes: Uint8Array, lenient: boolean) =>
      inflate(bytes, lenient ? { ...cap, finishFlush: constants.Z_SYNC_FLUSH } : cap),
  ),
};

const TOO_LARGE = `unfolds to more than ${MAX_DECODED_BYTES / 1024 / 1024} MiB, which is not read`;

/** Undoes the codings that a content-encoding header names, the last one first. */
export function decodeContent(bytes: Uint8Array, contentEncoding: string | undefined): Decoded {
  if (contentEncoding === undefined || bytes.length === 0) return { bytes, encoded: false, error: null };
  const codings = contentEncoding
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length > MAX_CODINGS) return { bytes, encoded: true, error: 'has too many content-encodings' };
  let decoded: Decoded = { bytes, encoded: false, error: null };
  for (const coding of codings.toReversed()) {
    const next = decodeOne(decoded.bytes, coding);
    decoded = { ...next, encoded: decoded.encoded || next.encoded };
    if (decoded.error !== null) break;
  }
  return decoded;
}

function decodeOne(bytes: Uint8Array, label: string): Decoded {
  const coding = magicOf(bytes) ?? label;
  const decoders = Object.hasOwn(DECODERS, coding) ? DECODERS[coding]! : undefined;
  // Compressed data is hardly ever valid UTF-8: text under a label is text with a wrong label.
  const plain = magicOf(bytes) === undefined && isUtf8(bytes);
  if (decoders === undefined)
    return plain
      ? { bytes, encoded: false, error: null }
      : { bytes, encoded: true, error: 'has a content-encoding that is not known' };
  const modes = plain ? [false] : [false, true];
  for (const lenient of modes)
    for (const decode of decoders) {
      try {
        const out = decode(bytes, lenient);
        if (out.length > 0 || !lenient) return { bytes: out, encoded: true, error: null };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
          return { bytes: new Uint8Array(), encoded: true, error: TOO_LARGE };
      }
    }
  if (plain) return { bytes, encoded: false, error: null };
  return { bytes, encoded: true, error: `cannot be decoded as ${coding}` };
}

/** The coding that the first bytes give away, whatever the label says. */
function magicOf(bytes: Uint8Array): string | undefined {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'gzip';
  if (bytes[0] === 0x28 && bytes[1] === 0xb5 && bytes[2] === 0x2f && bytes[3] === 0xfd) return 'zstd';
  return undefined;
}
