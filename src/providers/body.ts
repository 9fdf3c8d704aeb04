/**
 * One captured body as what it is: JSON, a form, text, or nothing that can be read. Streams are text here; putting them
 * together is left to `stream.ts`.
 */
import { isUtf8 } from 'node:buffer';
import { decodeContent } from './decode-content.ts';
import { type JsonObject, endOfString, parseJson, setKey } from './json.ts';
import { readForm } from './multipart.ts';

export interface Body {
  /** The value, where the body is JSON or a form; else undefined. */
  json: unknown;
  /** All of it as text; null where it is not text, '' where it is empty or was not captured. */
  text: string | null;
  /** What could be learned of JSON that was cut: its top-level scalars. */
  cut: JsonObject | undefined;
  error: string | null;
  /** Whether offsets in the text are offsets on the wire. */
  offsetsAreWire: boolean;
  /** Bytes of the body after decoding. */
  size: number;
}

const BINARY =
  /^(?:audio|image|video|font|model)\/|^application\/(?:octet-stream|pdf|zip|gzip|x-tar|zstd|ogg|wasm|vnd\.amazon\.eventstream|vnd\.openxmlformats)/;
const EMPTY: Body = { json: undefined, text: '', cut: undefined, error: null, offsetsAreWire: false, size: 0 };

/** Reads a body. `isCut`: it is only the first part of what passed. Whether it had to be JSON is for the caller to say. */
export function readBody(bytes: Uint8Array | undefined, headers: Record<string, string>, isCut: boolean): Body {
  if (bytes === undefined || bytes.length === 0) return EMPTY;
  const type = (headers['content-type'] ?? '').trim().toLowerCase();
  const decoded = decodeContent(bytes, headers['content-encoding']);
  const body: Body = { ...EMPTY, error: decoded.error, offsetsAreWire: !decoded.encoded, size: decoded.bytes.length };
  if (decoded.error !== null) return { ...body, text: textOf(decoded.bytes) };
  if (BINARY.test(type)) return { ...body, text: null };
  if (type.startsWith('multipart/form-data')) {
    const form = readForm(decoded.bytes, headers['content-type'] ?? '');
    if (form !== undefined) return { ...body, json: form, text: null };
  }

  const buffer = Buffer.from(decoded.bytes.buffer, decoded.bytes.byteOffset, decoded.bytes.byteLength);
  const text = buffer.toString('utf8');
  const looksLikeJson = isJsonStart(text);
  if (!looksLikeJson && !isJsonType(type))
    return { ...body, text: isUtf8(decoded.bytes) ? text : textOf(decoded.bytes) };
  const parsed = parseJson(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  if (parsed.ok) return { ...body, json: parsed.value, text };
  return {
    ...body,
    text: textOf(decoded.bytes),
    error: isCut ? 'is cut: only its first part was captured' : parsed.error,
    cut: looksLikeJson ? readCutJson(text) : undefined,
  };
}

function isJsonType(type: string): boolean {
  return /^[^;]*[/+]json\b/.test(type);
}

/** Whether the first character that is not white space opens an object or an array. */
function isJsonStart(text: string): boolean {
  const start = /[^\s\ufeff]/.exec(text.length > 64 ? text.slice(0, 64) : text)?.[0];
  return start === '{' || start === '[';
}

/** The bytes as text where they are UTF-8, but for a last character that a capture cut through; else null. */
function textOf(bytes: Uint8Array): string | null {
  for (let cut = 0; cut < 4 && cut <= bytes.length; cut += 1) {
    const whole = bytes.subarray(0, bytes.length - cut);
    if (isUtf8(whole)) return Buffer.from(whole.buffer, whole.byteOffset, whole.byteLength).toString('utf8');
  }
  return null;
}

/** Top-level texts, numbers and booleans of an object whose end is missing. */
function readCutJson(text: string): JsonObject {
  const found: JsonObject = {};
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) depth += 1;
    else if (code === 0x7d || code === 0x5d) depth -= 1;
    if (code !== 0x22) continue;
    const end = endOfString(text, at);
    if (end === -1) break;
    if (depth === 1 && end - at <= 32) {
      const value = scalarAfter(text, end + 1);
      const key = parseJson(text.slice(at, end + 1));
      if (value !== undefined && key.ok) setKey(found, key.value as string, value);
    }
    at = end;
  }
  return found;
}

/** The scalar that stands behind a key's colon, where it is whole and short. */
function scalarAfter(text: string, at: number): unknown {
  const colon = /\s*:\s*/y;
  colon.lastIndex = at;
  if (!colon.test(text)) return undefined;
  const start = colon.lastIndex;
  const rest = text.slice(start, start + 512);
  const end = rest.startsWith('"') ? endOfString(rest, 0) + 1 : rest.search(/[,\s]/);
  const parsed = end <= 0 ? undefined : parseJson(rest.slice(0, end));
  return parsed?.ok === true && typeof parsed.value !== 'object' ? parsed.value : undefined;
}
