import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { copyOf } from '../../src/providers/json.ts';
import { eventParser, parseEvent } from '../../src/providers/repeated-events.ts';
import { transcripts } from './transcripts/all.ts';
import { forEachEvent } from '../../src/providers/server-sent-events.ts';

/** What a sequence of events is read as by one parser, each copied before the next is read. */
function readAll(list: string[]): unknown[] {
  const parse = eventParser();
  return list.map((data) => copyOf(parse(data)));
}

const CHUNKS: ((text: string) => unknown)[] = [
  (text) => ({ id: 'c1', created: 17, choices: [{ index: 0, delta: { content: text } }], obfuscation: text.slice(1) }),
  (text) => ({ choices: [{ index: 1, delta: { content: text, reasoning: null } }], created: text.length }),
  (text) => ({ choices: [{ delta: { tool_calls: [{ index: 0, function: { arguments: text } }] } }] }),
  (text) => ({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
  (text) => ({ type: 'response.output_text.delta', sequence_number: text.length * 7, delta: text, logprobs: [] }),
  (text) => ({ content: text, nested: { content: text } }),
  (text) => ({ content: text, ['__proto__']: { text }, constructor: text }),
  (text) => ({ text: `"content":"${text}"`, list: [{ text }] }),
];

describe('parsing repeated events', () => {
  it('reads every sequence of events as if each were parsed by itself', () => {
    const one = fc.tuple(
      fc.constantFrom(...CHUNKS),
      fc.string({ unit: 'binary', maxLength: 12 }),
      fc.constantFrom(undefined, 1),
    );
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 30 }), (list) => {
        const data = list.map(([chunk, text, indent]) => JSON.stringify(chunk(text), null, indent));
        expect(readAll(data)).toEqual(data.map((text) => JSON.parse(text) as unknown));
      }),
      { numRuns: 200 },
    );
  });

  it('reads events that were changed at random as if each were parsed by itself', () => {
    const change = fc.tuple(
      fc.nat(400),
      fc.constantFrom('"', '\\', '{', '}', ',', ':', '0', '-', 'e', '\n', '', '\\u00'),
    );
    fc.assert(
      fc.property(
        fc.constantFrom(...CHUNKS),
        fc.array(fc.array(change, { maxLength: 2 }), { minLength: 2 }),
        (chunk, changes) => {
          const data = changes.map((list, index) =>
            list.reduce(
              (text, [at, put]) => {
                const where = at % (text.length + 1);
                return text.slice(0, where) + put + text.slice(where + 1);
              },
              JSON.stringify(chunk(`word ${index}`)),
            ),
          );
          expect(readAll(data)).toEqual(data.map((text) => parseEvent(text)));
        },
      ),
      { numRuns: 1000 },
    );
  });

  it.each([
    { name: 'an escaped key', data: ['{"content":"a"}', String.raw`{"\u0063ontent":"b"}`] },
    { name: 'the same key twice', data: ['{"content":"a","content":"b"}', '{"content":"c","content":"d"}'] },
    {
      name: 'the same key twice, once with escapes',
      data: [String.raw`{"content":"a","\u0063ontent":"a"}`, String.raw`{"content":"b","\u0063ontent":"a"}`],
    },
    { name: 'a control character', data: ['{"content":"a"}', '{"content":"\t"}'] },
    { name: 'a wrong escape', data: ['{"content":"a"}', String.raw`{"content":"\x"}`] },
    {
      name: 'a number with a leading zero',
      data: ['{"content":"a","sequence_number":1}', '{"content":"b","sequence_number":01}'],
    },
    { name: 'a fraction', data: ['{"content":"a","sequence_number":1.5}', '{"content":"b","sequence_number":2.5}'] },
    {
      name: 'a huge number',
      data: ['{"content":"a","sequence_number":1}', '{"content":"b","sequence_number":12345678901234567890}'],
    },
    { name: 'something behind the end', data: ['{"content":"a"}', '{"content":"b"}}', '{"content":"c"} x'] },
    { name: 'an end that is missing', data: ['{"content":"a"}', '{"content":"b', '{"content":"b\\'] },
    {
      name: 'a key that ends like a known one',
      data: [String.raw`{"x\"content":"a"}`, String.raw`{"x\"content":"b"}`],
    },
  ])('is not misled by $name', ({ data }) => {
    expect(readAll(data)).toEqual(data.map((text) => parseEvent(text)));
  });

  it('gives out the same object for events that differ in their text alone', () => {
    const parse = eventParser();
    const first = parse('{"content":"a","index":0}');
    expect(parse('{"content":"b","index":0}')).toBe(first);
    expect(parse('{"content":"b","index":1}')).not.toBe(first);
  });

  it.each(transcripts)('reads the events of $name as they are', ({ call }) => {
    const data: string[] = [];
    forEachEvent(Buffer.from(call.responseBody!).toString(), (event) => data.push(event.data) > 0);
    expect(readAll(data)).toEqual(data.map((text) => parseEvent(text)));
  });
});
