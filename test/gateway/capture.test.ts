/** The bounded copy of a body, whatever pieces it comes in. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { BodyCapture } from '../../src/gateway/capture.ts';
import { seededRandom } from '../fakes/random.ts';
import { bytesOf } from '../../src/model/exchange.ts';

describe('a capture', () => {
  it('keeps a whole message as it is', () => {
    const capture = new BodyCapture(100);
    const whole = Buffer.from('hello');
    capture.keep(whole);
    expect(capture.take()).toEqual({ parts: [whole], kept: 5, size: 5, truncated: false, sha256: undefined });
    expect(bytesOf(capture.take()).buffer).toBe(whole.buffer);
  });

  it('digests a whole message beyond its limit', () => {
    const capture = new BodyCapture(2);
    capture.keep(Buffer.from('hello'));
    const sha256 = createHash('sha256').update('hello').digest('hex');
    expect(capture.take()).toEqual({ parts: [Buffer.from('he')], kept: 2, size: 5, truncated: true, sha256 });
  });

  it('copies what passes, since the bytes change afterwards', () => {
    const capture = new BodyCapture(100);
    const chunk = Buffer.from('hello');
    capture.add(chunk);
    chunk.fill(0);
    expect(Buffer.from(bytesOf(capture.take())).toString()).toBe('hello');
  });

  it('is empty where nothing passed', () => {
    expect(new BodyCapture(100).take()).toEqual({
      parts: [new Uint8Array(0)],
      kept: 0,
      size: 0,
      truncated: false,
      sha256: undefined,
    });
  });

  it('never writes into a chunk that it was given', () => {
    const capture = new BodyCapture(100);
    const slab = Buffer.from('abcdefgh');
    capture.add(slab.subarray(0, 2));
    capture.add(Buffer.from('XY'));
    expect(slab.toString()).toBe('abcdefgh');
    expect(Buffer.from(bytesOf(capture.take())).toString()).toBe('abXY');
  });

  it('holds the first bytes, the size and the digest of any body, however it is split', () => {
    const random = seededRandom(42);
    for (let round = 0; round < 500; round += 1) {
      const body = random.bytes(random.between(0, 30_000));
      const limit = random.pick([0, 1, 10, 4096, 10_000, 30_000, 100_000]);
      const capture = new BodyCapture(limit);
      if (random.next() < 0.3) capture.reserve(body.length);
      for (let at = 0; at < body.length;) {
        const length = random.between(1, random.pick([1, 100, 5000, 30_000]) + 1);
        capture.add(body.subarray(at, at + length));
        at += length;
        if (random.next() < 0.05) capture.take();
      }
      const taken = capture.take();
      const truncated = body.length > limit;
      expect(Buffer.from(bytesOf(taken)).equals(body.subarray(0, limit)), `round ${round}`).toBe(true);
      expect([taken.size, taken.truncated, taken.sha256]).toEqual([
        body.length,
        truncated,
        truncated ? createHash('sha256').update(body).digest('hex') : undefined,
      ]);
    }
  });
});
