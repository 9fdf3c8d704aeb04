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

type Decode = (bytes: Uint8Array, options: { maxOutputLength: number; finishFlush?: number }) => Uint8Array;

/** The decoders of a coding, and the flag with which they also take data that was cut. */
interface Coding {
  decoders: Decode[];
  cutFlush: number;
}

const gzip: Coding = { decoders: [gunzipSync], cutFlush: constants.Z_SYNC_FLUSH };
const CODINGS: Record<string, Coding> = {
  gzip,
  'x-gzip': gzip,
  // RFC 9110, 8.4.1.2: zlib's format; some servers send the bare stream.
  deflate: { decoders: [inflateSync, inflateRawSync], cutFlush: constants.Z_SYNC_FLUSH },
  br: { decoders: [brotliDecompressSync], cutFlush: constants.BROTLI_OPERATION_FLUSH },
  zstd: { decoders: [zstdDecompressSync], cutFlush: constants.ZSTD_e_flush },
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
  // Compressed data is hardly ever valid UTF-8: text under a label is text with a wrong label.
  const plain = magicOf(bytes) === undefined && isUtf8(bytes);
  if (!Object.hasOwn(CODINGS, coding))
    return plain
      ? { bytes, encoded: false, error: null }
      : { bytes, encoded: true, error: 'has a content-encoding that is not known' };
  const { decoders, cutFlush } = CODINGS[coding]!;
  for (const finishFlush of plain ? [undefined] : [undefined, cutFlush])
    for (const decode of decoders) {
      try {
        const out = decode(bytes, { maxOutputLength: MAX_DECODED_BYTES, finishFlush });
        if (out.length > 0 || finishFlush === undefined) return { bytes: out, encoded: true, error: null };
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
