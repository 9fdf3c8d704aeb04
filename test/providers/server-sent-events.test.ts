import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { forEachElement, forEachEvent, type StreamEvent } from '../../src/providers/server-sent-events.ts';

function eventsOf(text: string, walk = forEachEvent): StreamEvent[] {
  const events: StreamEvent[] = [];
  walk(text, (event) => {
    events.push({ ...event });
    return true;
  });
  return events;
}

const dataOf = (text: string): string[] => eventsOf(text).map((event) => event.data);

describe('splitting an event stream', () => {
  it.each([
    { name: 'line feeds', text: 'data: a\n\ndata: b\n\n', data: ['a', 'b'] },
    { name: 'carriage returns', text: 'data: a\r\rdata: b\r\r', data: ['a', 'b'] },
    { name: 'both together', text: 'data: a\r\n\r\ndata: b\r\n\r\n', data: ['a', 'b'] },
    { name: 'all kinds mixed', text: 'data: a\r\n\ndata: b\r\rdata: c\n\r\n', data: ['a', 'b', 'c'] },
    { name: 'a byte order mark', text: '\ufeffdata: a\n\n', data: ['a'] },
    { name: 'comments', text: ': hello\ndata: a\n:\n: more\n\n: end\n\n', data: ['a'] },
    { name: 'data of several lines', text: 'data: a\ndata:  b\ndata\ndata:c\n\n', data: ['a\n b\n\nc'] },
    { name: 'no space behind the colon', text: 'data:a\n\ndata:{"b":1}\n\n', data: ['a', '{"b":1}'] },
    { name: 'empty data', text: 'data:\n\ndata\n\n', data: ['', ''] },
    { name: 'other fields', text: 'id: 7\nretry: 10\ndata: a\nunknown: x\ndatabase: y\n\n', data: ['a'] },
    { name: 'blank lines between', text: '\n\n\ndata: a\n\n\n\ndata: b\n\n\n', data: ['a', 'b'] },
    { name: 'names without data', text: 'event: ping\n\ndata: a\n\n', data: ['a'] },
    { name: 'a last event without its blank line', text: 'data: a\n\ndata: b\n', data: ['a', 'b'] },
    { name: 'a last event without its line end', text: 'data: a\n\ndata: b', data: ['a', 'b'] },
    { name: 'nothing', text: '', data: [] },
  ])('takes $name', ({ text, data }) => {
    expect(dataOf(text)).toEqual(data);
  });

  it('gives each event its own name and none to the next', () => {
    const events = eventsOf('event: one\ndata: a\n\ndata: b\n\nevent:three\ndata: c\n\n');
    expect(events.map((event) => event.name)).toEqual(['one', undefined, 'three']);
  });

  it('says where each event ends, and which one nothing ended', () => {
    const events = eventsOf('data: a\r\n\r\ndata: b\n\ndata: c');
    expect(events.map((event) => event.end)).toEqual([11, 20, 27]);
    expect(events.map((event) => event.complete)).toEqual([true, true, false]);
  });

  it('stops when it is told to', () => {
    const seen: string[] = [];
    forEachEvent('data: a\n\ndata: b\n\ndata: c\n\n', (event) => {
      seen.push(event.data);
      return event.data !== 'b';
    });
    expect(seen).toEqual(['a', 'b']);
  });

  it('reads a line of 10 MB', () => {
    const long = 'x'.repeat(10 * 1024 * 1024);
    expect(dataOf(`data: a\n\ndata: ${long}\n\ndata: b\n\n`)).toEqual(['a', long, 'b']);
  });

  it('finds the same events whatever ends the lines', () => {
    const line = fc.stringMatching(/^[a-z{}": ]{0,12}$/);
    const event = fc.record({ data: fc.array(line, { minLength: 1, maxLength: 3 }), comment: fc.boolean() });
    const ending = fc.constantFrom('\n', '\r', '\r\n');
    fc.assert(
      fc.property(fc.array(event, { maxLength: 6 }), ending, (list, end) => {
        const text = list
          .map(
            (one) =>
              `${one.comment ? `: note${end}` : ''}${one.data.map((data) => `data: ${data}${end}`).join('')}${end}`,
          )
          .join('');
        expect(dataOf(text)).toEqual(list.map((one) => one.data.join('\n')));
      }),
    );
  });
});

describe('splitting a stream that is one array', () => {
  it.each([
    { name: 'objects', text: '[{"a":1},\r\n{"b":"}]"}]', data: ['{"a":1}', '{"b":"}]"}'] },
    { name: 'one that was cut', text: '[{"a":1},{"b":{"c', data: ['{"a":1}', '{"b":{"c'] },
    { name: 'one that was cut in a text', text: '[{"a":1},{"b":"c', data: ['{"a":1}', '{"b":"c'] },
    { name: 'an empty one', text: '[]', data: [] },
    {
      name: 'escaped quotes',
      text: String.raw`[{"a":"\"}"},{"b":"\\"}]`,
      data: [String.raw`{"a":"\"}"}`, String.raw`{"b":"\\"}`],
    },
  ])('takes $name', ({ text, data }) => {
    const found = eventsOf(text, forEachElement).map((event) => event.data);
    expect(found.filter((one) => one !== '')).toEqual(data);
  });
});
