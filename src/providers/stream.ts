/** Makes of a captured stream one body, and finds where its first token came. */
import { type JsonObject, ownValue } from './json.ts';
import type { Format } from './formats/format.ts';
import { parseEvent } from './repeated-events.ts';
import { forEachElement, forEachEvent, type StreamEvent } from './server-sent-events.ts';

export interface StreamReading {
  body: unknown;
  /** Position in the text after the event with the first part of the answer. */
  firstTokenEnd: number | undefined;
  error: string | null;
}

/** A hostile stream may hold a million unreadable events, each of which costs a thrown error. */
const MAX_UNREADABLE = 1000;

/** Whether a text is an event stream; `[` opens one only where the path asks for a stream (Gemini without `alt=sse`). */
export function isEventStream(text: string, contentType: string, isStreamPath: boolean): boolean {
  const start = /[^\s\ufeff]/.exec(text.length > 64 ? text.slice(0, 64) : text)?.[0];
  if (start === '[') return isStreamPath;
  if (start === '{' || start === undefined) return false;
  return contentType.includes('text/event-stream') || /^\ufeff?\s*(?:data|event|id|retry)?:/.test(text.slice(0, 64));
}

/** The first event that is an object, for telling the format by its shape. */
export function firstEvent(text: string): JsonObject | undefined {
  let first: JsonObject | undefined;
  let seen = 0;
  walk(text, (event) => {
    seen += 1;
    first = parseEvent(event.data);
    return first === undefined && seen < 8;
  });
  return first;
}

/** Reads a stream with `parse`, which may give out the same object again and again. */
export function readStream(
  text: string,
  format: Format,
  parse: (data: string) => JsonObject | undefined,
): StreamReading {
  const assembler = format.assembler();
  let read = 0;
  let unreadable = 0;
  let isCut = false;
  let firstTokenEnd: number | undefined;
  walk(text, ({ data, name, end, complete }) => {
    if (data === '' || data === '[DONE]' || data.trim() === '[DONE]') return true;
    const event = parse(data);
    if (event === undefined) {
      if (complete) unreadable += 1;
      else isCut = true;
      return unreadable < MAX_UNREADABLE;
    }
    read += 1;
    if (name === 'error' && ownValue(event, 'error') === undefined && ownValue(event, 'type') === undefined)
      assembler.accept({ error: event }, name);
    else if (assembler.accept(event, name) && firstTokenEnd === undefined) firstTokenEnd = end;
    return true;
  });
  return { body: read === 0 ? text : assembler.body(), firstTokenEnd, error: errorOf(read, unreadable, isCut) };
}

function walk(text: string, visit: (event: StreamEvent) => boolean): void {
  if (/^[\s\ufeff]*\[/.test(text)) forEachElement(text, visit);
  else forEachEvent(text, visit);
}

function errorOf(read: number, unreadable: number, isCut: boolean): string | null {
  if (unreadable >= MAX_UNREADABLE) return `has ${unreadable} events that are not JSON, and is not read further`;
  if (unreadable > 0)
    return unreadable === 1 ? 'has an event that is not JSON' : `has ${unreadable} events that are not JSON`;
  if (isCut) return 'ends within an event';
  return read === 0 ? 'is a stream without events' : null;
}
