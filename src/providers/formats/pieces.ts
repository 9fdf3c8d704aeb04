/** Putting the pieces of a stream together: texts that grow, lists of parts that grow, lists that are appended to. */
import { type JsonObject, asObject, copyOf, setKey } from '../json.ts';

/**
 * Appends a piece to the text at `key`, and says whether it brought anything. A piece may also be a list of parts
 * (Mistral's reasoning models send both kinds in one answer), and null stays only until something comes.
 */
export function appendText(target: JsonObject, key: string, piece: unknown): boolean {
  const held = target[key];
  if (typeof piece === 'string') {
    if (Array.isArray(held)) appendPart(held, { type: 'text', text: piece });
    else target[key] = typeof held === 'string' ? held + piece : piece;
    return piece.length > 0;
  }
  if (Array.isArray(piece)) {
    const parts: unknown[] = Array.isArray(held) ? held : [];
    if (typeof held === 'string' && held !== '') parts.push({ type: 'text', text: held });
    for (const part of piece) appendPart(parts, part);
    target[key] = parts;
    return piece.length > 0;
  }
  if (held === undefined) target[key] = null;
  return false;
}

/** A text part goes into the text part before it, a thinking part into the thinking part before it. */
function appendPart(parts: unknown[], part: unknown): void {
  const piece = asObject(part);
  const last = asObject(parts.at(-1));
  if (piece !== undefined && last !== undefined && last['type'] === piece['type']) {
    if (piece['type'] === 'text' && typeof last['text'] === 'string' && typeof piece['text'] === 'string') {
      last['text'] += piece['text'];
      return;
    }
    if (piece['type'] === 'thinking' && Array.isArray(last['thinking']) && Array.isArray(piece['thinking'])) {
      for (const inner of piece['thinking']) appendPart(last['thinking'], inner);
      return;
    }
  }
  parts.push(copyOf(part));
}

/** Appends to the list at `key`, which this made itself. */
export function appendList(target: JsonObject, key: string, list: unknown[]): void {
  const held = Object.hasOwn(target, key) ? target[key] : undefined;
  if (Array.isArray(held)) for (const one of list) held.push(copyOf(one));
  else setKey(target, key, copyOf(list));
}
