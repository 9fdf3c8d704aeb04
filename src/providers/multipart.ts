/** Reads the fields of a multipart form (RFC 7578) without touching its files: of those, name, type and size are kept. */
import { isUtf8 } from 'node:buffer';
import { type JsonObject, ownValue, setKey } from './json.ts';

const MAX_PARTS = 1000;
const MAX_HEAD_BYTES = 8192;

/** Fields by name, repeated ones as lists; undefined where the type names no boundary. A part that was cut is left out. */
export function readForm(bytes: Uint8Array, contentType: string): JsonObject | undefined {
  const match = /;\s*boundary=(?:"([^"]{1,200})"|([^;\s]{1,200}))/i.exec(contentType);
  const boundary = match?.[1] ?? match?.[2];
  if (boundary === undefined) return undefined;
  const body = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const delimiter = Buffer.from(`\r\n--${boundary}`, 'latin1');
  const fields: JsonObject = {};
  // The first delimiter has no line before it where there is no preamble.
  let at = body.indexOf(delimiter.subarray(2));
  if (at === -1) return fields;
  at += delimiter.length - 2;
  for (let count = 0; count < MAX_PARTS; count += 1) {
    if (body[at] === 0x2d && body[at + 1] === 0x2d) break;
    const headEnd = body.indexOf('\r\n\r\n', at, 'latin1');
    if (headEnd === -1 || headEnd - at > MAX_HEAD_BYTES) break;
    const end = body.indexOf(delimiter, headEnd + 4);
    if (end === -1) break;
    addField(fields, body.toString('utf8', at, headEnd), body.subarray(headEnd + 4, end));
    at = end + delimiter.length;
  }
  return fields;
}

function addField(fields: JsonObject, head: string, content: Buffer): void {
  const name = parameter(head, 'name');
  if (name === undefined) return;
  const filename = parameter(head, 'filename');
  const contentType = /^content-type:[ \t]*(.*)$/im.exec(head)?.[1]?.trim() ?? null;
  const isFile = filename !== undefined || !isUtf8(content);
  const value = isFile ? { filename: filename ?? null, contentType, size: content.length } : content.toString('utf8');
  const held = ownValue(fields, name);
  if (held === undefined) setKey(fields, name, value);
  else setKey(fields, name, Array.isArray(held) ? [...(held as unknown[]), value] : [held, value]);
}

function parameter(head: string, name: string): string | undefined {
  const disposition = /^content-disposition:.*$/im.exec(head)?.[0] ?? '';
  const match = new RegExp(`[;\\s]${name}=(?:"([^"]*)"|([^;\\s]*))`, 'i').exec(disposition);
  return match?.[1] ?? match?.[2];
}
