import { describe, expect, it } from 'vitest';
import { FrameReader, frameOf } from '../../src/sandbox/frames.ts';

const values = [1, 'line\nline', { a: [null, true], b: '\u2028é👍' }, '', 'x'.repeat(5000)];

function read(chunks: Uint8Array[], maxBytes = 10_000): unknown[] {
  const seen: unknown[] = [];
  const reader = new FrameReader(maxBytes, (frame) => seen.push(frame));
  for (const chunk of chunks) reader.push(chunk);
  return seen;
}

describe('frames', () => {
  it.each([1, 2, 3, 7, 64, 1000, 100_000])('come out as they went in, in pieces of %i bytes', (size) => {
    const bytes = Buffer.concat(values.map(frameOf));
    const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
      bytes.subarray(index * size, (index + 1) * size),
    );
    expect(read(pieces)).toEqual(values);
  });

  it('are kept back until they are whole', () => {
    expect(read([Buffer.from('{"a":1}')])).toEqual([]);
  });

  it.each([
    { name: 'one that is too large', chunks: ['"', 'x'.repeat(99), '"\n'], error: /larger than 100 bytes/ },
    { name: 'one without an end', chunks: ['x'.repeat(60), 'x'.repeat(60)], error: /larger than 100 bytes/ },
    { name: 'one that is not JSON', chunks: ['oops\n'], error: /JSON/ },
    { name: 'an empty one', chunks: ['\n'], error: /JSON/ },
  ])('are refused: $name', ({ chunks, error }) => {
    expect(() =>
      read(
        chunks.map((text) => Buffer.from(text)),
        100,
      ),
    ).toThrow(error);
  });
});
