/**
 * Reading a JSON body: bounded in size and depth, with messages that name the place of a mistake. JSON.parse accepts
 * millions of levels, but JSON.stringify and the passing of values between threads then fail, so depth is counted first.
 */
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors.ts';
import type { ApiContext } from './route.ts';

/** 10 MB, as at Helicone. */
const BODY_BYTES = 10 * 1024 * 1024;
const BODY_DEPTH = 256;

/**
 * The body as JSON, whatever its content type; undefined where it is empty. Throws `body_too_large` and `invalid_body`.
 */
export async function readJson(context: ApiContext): Promise<unknown> {
  const encoding = context.req.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw invalid(`The body is sent with content-encoding ${encoding.slice(0, 40)}. Send it uncompressed.`);
  const bytes = await readBytes(context.env.incoming);
  let body: string;
  try {
    body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('The body is not UTF-8. Send JSON in UTF-8.');
  }
  if (body.trim() === '') return undefined;
  if (deeperThan(bytes, BODY_DEPTH)) throw invalid(`The body is nested deeper than ${BODY_DEPTH} levels.`);
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw invalid(`The body is not JSON: ${positionOf((error as Error).message, body)}.`);
  }
}

async function readBytes(incoming: IncomingMessage): Promise<Buffer> {
  if (Number(incoming.headers['content-length']) > BODY_BYTES) throw tooLarge();
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > BODY_BYTES) throw tooLarge();
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('invalid_body', { message: 'The body broke off before its end.', cause: error });
  }
  return Buffer.concat(chunks);
}

/** Whether brackets outside of texts are open more than `limit` deep; whether they match is the parser's matter. */
function deeperThan(bytes: Buffer, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (quoted) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
  }
  return false;
}

/** V8 names the offset of what it did not expect, except where the text ends too early. */
function positionOf(message: string, body: string): string {
  const found = /at position (\d+)/.exec(message);
  const ended = found === null || Number(found[1]) >= body.length;
  const at = ended ? body.length : Number(found[1]);
  const before = body.slice(0, at).split('\n');
  const place = `position ${at} (line ${before.length}, column ${before.at(-1)!.length + 1})`;
  return ended ? `it ends too early, at ${place}` : `there is something unexpected at ${place}`;
}

function invalid(message: string): GatewayError {
  return new GatewayError('invalid_body', { message });
}

function tooLarge(): GatewayError {
  return new GatewayError('body_too_large', { message: `The body is larger than ${BODY_BYTES} bytes.` });
}
