/**
 * Reading a JSON body: bounded in size and depth, with messages that name the place of a mistake. JSON.parse accepts
 * millions of levels, but JSON.stringify and the passing of values between threads then fail, so depth is counted first.
 */
import type { IncomingMessage } from 'node:http';
import { GatewayError } from '../errors.ts';
import type { ApiContext } from './route.ts';

export interface BodyLimits {
  bytes: number;
  /** Elements of lists and members of objects, all together. */
  values: number;
}

/**
 * A question: a thousand ids, or a filter as large as it may be. What is much larger is a mistake or an attack, and checking half
 * a million values, each with what is wrong with it, held the thread that also proxies for 30 s.
 */
const QUESTION: BodyLimits = { bytes: 1024 * 1024, values: 20_000 };
/** What belongs to a log; 10 MB, as at Helicone. */
export const LOG_BODY: BodyLimits = { bytes: 10 * 1024 * 1024, values: Infinity };
const BODY_DEPTH = 256;

/**
 * The body as JSON, whatever its content type; undefined where it is empty. Throws `body_too_large` and `invalid_body`.
 */
export async function readJson(context: ApiContext, limits: BodyLimits = QUESTION): Promise<unknown> {
  const encoding = context.req.header('content-encoding');
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity')
    throw invalid(`The body is sent with content-encoding ${encoding.slice(0, 40)}. Send it uncompressed.`);
  const bytes = await readBytes(context.env.incoming, limits.bytes);
  let body: string;
  try {
    body = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw invalid('The body is not UTF-8. Send JSON in UTF-8.');
  }
  if (body.trim() === '') return undefined;
  refuseShape(bytes, limits.values);
  try {
    return JSON.parse(body) as unknown;
  } catch (error) {
    throw invalid(`The body is not JSON: ${positionOf((error as Error).message, body)}.`);
  }
}

async function readBytes(incoming: IncomingMessage, most: number): Promise<Buffer> {
  if (Number(incoming.headers['content-length']) > most) throw tooLarge(most);
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of incoming.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      size += chunk.length;
      if (size > most) throw tooLarge(most);
      chunks.push(chunk);
    }
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    throw new GatewayError('invalid_body', { message: 'The body broke off before its end.', cause: error });
  }
  return Buffer.concat(chunks);
}

/** Throws where brackets outside of texts are open too deep, or commas are too many; whether all is right is the parser's matter. */
function refuseShape(bytes: Buffer, mostValues: number): void {
  let depth = 0;
  let values = 0;
  let quoted = false;
  for (let index = 0; index < bytes.length; index += 1) {
    const byte = bytes[index];
    if (quoted) {
      if (byte === 0x5c) index += 1;
      else if (byte === 0x22) quoted = false;
    } else if (byte === 0x22) quoted = true;
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1;
      values += 1;
      if (depth > BODY_DEPTH) throw invalid(`The body is nested deeper than ${BODY_DEPTH} levels.`);
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1;
    else if (byte === 0x2c) values += 1;
    if (values > mostValues) throw invalid(`The body has more than ${mostValues} values. Ask for less at once.`);
  }
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

function tooLarge(most: number): GatewayError {
  return new GatewayError('body_too_large', { message: `The body is larger than ${most} bytes.` });
}
