/**
 * Splits an event stream into events, as the HTML standard's section 9.2.6 says, with one leniency: a last event without
 * its blank line is handed out too, since some servers leave it off. What the data means is left to others.
 */
import { endOfString } from './json.ts';

export interface StreamEvent {
  data: string;
  /** The event's name, where it has one. */
  name: string | undefined;
  /** Where the event ends in the text, its blank line included. */
  end: number;
  /** False for a last event that nothing ended. */
  complete: boolean;
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const SPACE = 0x20;

/** Calls `visit` with every event that has data; stops where it returns false. Linear in the text's length. */
export function forEachEvent(text: string, visit: (event: StreamEvent) => boolean): void {
  let at = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  let nextCr = text.indexOf('\r');
  let nextLf = text.indexOf('\n');
  let data: string | undefined;
  let more: string[] | undefined;
  let name: string | undefined;
  const event: StreamEvent = { data: '', name: undefined, end: 0, complete: true };

  while (at < text.length) {
    if (nextLf !== -1 && nextLf < at) nextLf = text.indexOf('\n', at);
    if (nextCr !== -1 && nextCr < at) nextCr = text.indexOf('\r', at);
    let end = nextLf === -1 || (nextCr !== -1 && nextCr < nextLf) ? nextCr : nextLf;
    if (end === -1) end = text.length;

    if (end === at) {
      at += text.charCodeAt(at) === CR && text.charCodeAt(at + 1) === LF ? 2 : 1;
      if (data !== undefined) {
        event.data = more === undefined ? data : more.join('\n');
        event.name = name;
        event.end = at;
        if (!visit(event)) return;
      }
      data = more = name = undefined;
      continue;
    }
    if (text.startsWith('data', at) && (end === at + 4 || text.charCodeAt(at + 4) === COLON)) {
      const value = text.slice(Math.min(end, text.charCodeAt(at + 5) === SPACE ? at + 6 : at + 5), end);
      if (data === undefined) data = value;
      else (more ??= [data]).push(value);
    } else if (text.startsWith('event:', at)) {
      name = text.slice(Math.min(end, text.charCodeAt(at + 6) === SPACE ? at + 7 : at + 6), end);
    }
    at = end + (text.charCodeAt(end) === CR && text.charCodeAt(end + 1) === LF ? 2 : 1);
  }
  if (data === undefined) return;
  visit({ data: more === undefined ? data : more.join('\n'), name, end: text.length, complete: false });
}

/**
 * The same for a stream that is one JSON array, an element an event (Gemini without `alt=sse`): hands out the elements
 * that are objects, whole ones also where the array was cut. Elements of a wrong shape end the walk.
 */
export function forEachElement(text: string, visit: (event: StreamEvent) => boolean): void {
  const opening = text.indexOf('[');
  if (opening === -1) return;
  let depth = 0;
  let start = -1;
  for (let at = opening + 1; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 0x22) {
      const close = endOfString(text, at);
      if (close === -1) break;
      at = close;
    } else if (code === 0x7b || code === 0x5b) {
      if (depth === 0) start = at;
      depth += 1;
    } else if (code === 0x7d || code === 0x5d) {
      depth -= 1;
      if (depth < 0) return;
      if (depth === 0) {
        const end = at + 1;
        if (!visit({ data: text.slice(start, end), name: undefined, end, complete: true })) return;
        start = -1;
      }
    }
  }
  visit({ data: start === -1 ? '' : text.slice(start), name: undefined, end: text.length, complete: false });
}
