/**
 * Where a list goes on, as an opaque text: the place and a mark of the question it belongs to. Nothing secret is in it; a
 * changed one is told apart by its mark, so that nobody pages through one question with another's place.
 */
import { createHash } from 'node:crypto';
import { GatewayError } from '../errors.ts';
import type { LogCursor } from '../store/questions.ts';

const MARK_BYTES = 9;

/** `about` is whatever the question consists of: project, filter, range, direction. */
export function writeCursor(cursor: LogCursor, about: unknown): string {
  const place = `${cursor.startedAtMs}.${cursor.seq}`;
  return Buffer.from(`${place}.${markOf(place, about)}`).toString('base64url');
}

/** Throws `invalid_cursor`. */
export function readCursor(text: string, about: unknown): LogCursor {
  const found = /^((-?\d{1,16})\.(\d{1,16}))\.([\w-]{12})$/.exec(Buffer.from(text, 'base64url').toString('latin1'));
  if (found === null || found[4] !== markOf(found[1]!, about)) throw new GatewayError('invalid_cursor');
  const cursor = { startedAtMs: Number(found[2]), seq: Number(found[3]) };
  if (!Number.isSafeInteger(cursor.startedAtMs) || !Number.isSafeInteger(cursor.seq))
    throw new GatewayError('invalid_cursor');
  return cursor;
}

function markOf(place: string, about: unknown): string {
  const digest = createHash('sha256')
    .update(JSON.stringify([place, about]))
    .digest();
  return digest.subarray(0, MARK_BYTES).toString('base64url');
}
