/** What rules leave of bodies, in whatever form they come. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { prepareRedaction } from '../../../src/recording/redaction/redaction.ts';

const { body, text, path } = prepareRedaction({
  readyMade: ['email', 'card'],
  patterns: [String.raw`ACME-\d+`, 'secret: [^,]+'],
})!;
const left = (given: string): string => Buffer.from(body(Buffer.from(given))).toString();
const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;

describe('redaction of JSON', () => {
  it('strikes out of texts, and leaves every other byte', () => {
    const given =
      '{ "messages" : [ {"role":"user",\n "content":"I am ada@example.com, caf\\u00e9 \\/ \\"x\\""} ], "n":1.0e0 }';
    expect(left(given)).toBe(
      '{ "messages" : [ {"role":"user",\n "content":"I am [email], café / \\"x\\""} ], "n":1.0e0 }',
    );
  });

  it('reads what is escaped, also in JSON within JSON', () => {
    expect(left('{"a":"ada\\u0040example.com"}')).toBe('{"a":"[email]"}');
    const inner = JSON.stringify({ to: 'ada@example.com', note: 'a\nb' });
    const given = JSON.stringify({ arguments: inner });
    expect(JSON.parse((JSON.parse(left(given)) as { arguments: string }).arguments)).toEqual({
      to: '[email]',
      note: 'a\nb',
    });
  });

  it('makes a text of a number that is struck out', () => {
    expect(left('{"card":4111111111111111,"at":1732550000}')).toBe('{"card":"[card]","at":1732550000}');
  });

  it('keeps a pattern within its text', () => {
    expect(left('{"a":"secret: x","b":"kept","c":"secret: y, kept"}')).toBe(
      '{"a":"[redacted]","b":"kept","c":"[redacted], kept"}',
    );
  });

  it('strikes out of what was cut off, of keys and of many documents', () => {
    expect(left('{"a":"by ada@example.com and th')).toBe('{"a":"by [email] and th');
    expect(left('{"a":"by ada@example.com\\u00')).not.toContain('ada@');
    expect(left('{"ada@example.com":1}\n{"b":"bob@example.com"}')).toBe('{"[email]":1}\n{"b":"[email]"}');
  });

  it('asks each text by itself where a pattern asks for begin or end', () => {
    const anchored = prepareRedaction({ readyMade: [], patterns: ['^hello$'] })!;
    const given = '{"a":"hello","b":"say hello"}';
    expect(Buffer.from(anchored.body(Buffer.from(given))).toString()).toBe('{"a":"[redacted]","b":"say hello"}');
  });

  it('takes any depth', () => {
    const given = `${'{"a":['.repeat(100_000)}"ada@example.com"`;
    expect(left(given).endsWith('"[email]"')).toBe(true);
  });
});

describe('redaction of streams', () => {
  const deltas = (pieces: string[]): string =>
    `${pieces.map((content) => event({ id: 'chatcmpl-1', choices: [{ index: 0, delta: { content } }] })).join('')}data: [DONE]\n\n`;
  const contentOf = (stream: string): string =>
    [...stream.matchAll(/^data: (\{.*)$/gm)]
      .map(([, json]) => (JSON.parse(json!) as { choices: [{ delta: { content: string } }] }).choices[0].delta.content)
      .join('');

  it('finds what the pieces say together, and leaves the other events as they are', () => {
    const given = deltas(['Write to a', 'da@exa', 'mple', '.com', ' soon, or', ' ACME', '-12', '3']);
    const stream = left(given);
    expect(contentOf(stream)).toBe('Write to [email] soon, or [redacted]');
    expect(stream).not.toMatch(/da@exa|ACME/);
    expect(stream.split('\n\n')).toHaveLength(given.split('\n\n').length);
    expect(stream.endsWith('data: [DONE]\n\n')).toBe(true);
    expect(stream.split('\n\n')[4]).toBe(given.split('\n\n')[4]);
  });

  it('tells texts that come side by side apart', () => {
    const call = (index: number, args: string): string =>
      event({ choices: [{ delta: { tool_calls: [{ index, function: { arguments: args } }] } }] });
    const given = call(0, 'ACME-') + call(1, 'x') + call(0, '77') + call(1, 'y');
    expect(left(given)).toBe(call(0, '[redacted]') + call(1, 'x') + call(0, '') + call(1, 'y'));
  });

  it.each([
    {
      name: 'Anthropic',
      piece: (text: string) =>
        `event: content_block_delta\n${event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}`,
    },
    {
      name: 'Gemini',
      piece: (text: string) => event({ candidates: [{ content: { parts: [{ text }], role: 'model' } }] }),
    },
    { name: 'CRLF', piece: (text: string) => event({ delta: text }).replaceAll('\n', '\r\n') },
  ])('reads the form of $name', ({ piece }) => {
    const stream = left(piece('card 4111 1111') + piece(' 1111 11') + piece('11 ok'));
    expect(stream).toBe(piece('card [card]') + piece('') + piece(' ok'));
  });

  it('reads an array of pieces', () => {
    const piece = (part: string): unknown => ({ candidates: [{ content: { parts: [{ text: part }] } }] });
    expect(JSON.parse(left(JSON.stringify([piece('ada@exam'), piece('ple.com!')])))).toEqual([
      piece('[email]'),
      piece('!'),
    ]);
  });

  it('finds an address however a text is cut', () => {
    const said = 'Ask ada@example.com or pay with 4111-1111-1111-1111 for ACME-42, please.';
    fc.assert(
      fc.property(fc.array(fc.nat(said.length), { maxLength: 20 }), (cuts) => {
        const at = [0, ...cuts.toSorted((a, b) => a - b), said.length];
        const stream = left(deltas(at.slice(1).map((to, index) => said.slice(at[index], to))));
        expect(contentOf(stream)).toBe('Ask [email] or pay with [card] for [redacted], please.');
      }),
      { numRuns: 100 },
    );
  });
});

describe('redaction of anything else', () => {
  it('strikes out of plain text and of forms', () => {
    expect(left('ada@example.com')).toBe('[email]');
    expect(left('--x\r\nContent-Disposition: form-data; name="prompt"\r\n\r\nfrom ada@example.com\r\n--x--')).toContain(
      'from [email]\r\n',
    );
  });

  it('keeps bytes that are no text', () => {
    const bytes = Buffer.concat([
      Buffer.from([0xff, 0x00, 0xfe]),
      Buffer.from('ada@example.com'),
      Buffer.from([0x80, 0xc3]),
    ]);
    expect(Buffer.from(body(bytes))).toEqual(
      Buffer.concat([Buffer.from([0xff, 0x00, 0xfe]), Buffer.from('[email]'), Buffer.from([0x80, 0xc3])]),
    );
  });

  it('gives back the very bytes where it finds nothing, whatever they are', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array(),
          fc.json().map((json) => Buffer.from(json)),
          fc.string().map((one) => Buffer.from(one)),
        ),
        (bytes) => {
          fc.pre(!/@|secret:|ACME|\d{7}/.test(Buffer.from(bytes).toString('latin1')));
          expect(body(bytes)).toBe(bytes);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('does to JSON what it does to each of its texts', () => {
    const part = fc.constantFrom(
      'ada@example.com',
      'ACME-1',
      '4111111111111111',
      '"',
      '\\',
      '\n',
      '\u2028',
      '\ud800',
      'x',
      ' ',
    );
    const words = fc.array(part, { maxLength: 8 }).map((parts) => parts.join(''));
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        words,
        fc.constantFrom(4111111111111111, 1.5, null, true),
        fc.array(tie('any'), { maxLength: 4 }),
        fc.dictionary(words, tie('any'), { maxKeys: 4 }),
      ),
    })).any;
    const each = (given: unknown): unknown => {
      if (typeof given === 'string') return text(given);
      if (given === 4111111111111111) return '[card]';
      if (Array.isArray(given)) return given.map(each);
      if (given === null || typeof given !== 'object') return given;
      return Object.fromEntries(Object.entries(given).map(([key, one]) => [text(key), each(one)]));
    };
    fc.assert(
      fc.property(value, (given) => {
        expect(JSON.parse(left(JSON.stringify({ given })))).toEqual({ given: each(given) });
      }),
      { numRuns: 300 },
    );
  });

  it('reads paths and their queries without escapes', () => {
    expect(path('/v1/users/ada%40example.com/x?mail=ada%40example.com&n=%2520&q=a+b')).toBe(
      '/v1/users/%5Bemail%5D/x?mail=%5Bemail%5D&n=%2520&q=a+b',
    );
    expect(path('/v1/x%ZZ')).toBe('/v1/x%ZZ');
    expect(text('of ada@example.com')).toBe('of [email]');
  });
});
