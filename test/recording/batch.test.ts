/** Exchanges come out of a batch as they went in, whatever they hold. */
import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { packBatch, unpackBatch } from '../../src/recording/batch.ts';
import { anyExchange } from './any-exchange.ts';

it('unpacks what was packed, after a way between threads', () => {
  fc.assert(
    fc.property(fc.array(anyExchange, { maxLength: 5 }), (exchanges) => {
      const packed = packBatch(exchanges, ['started'], 7);
      const arrived = structuredClone(packed, { transfer: [packed.bytes.buffer] });
      expect(unpackBatch(arrived)).toEqual(exchanges);
      expect([arrived.number, arrived.count, arrived.startedIds]).toEqual([7, exchanges.length, ['started']]);
    }),
    { numRuns: 300 },
  );
});

it('takes ten thousand properties and arrivals', () => {
  const [one] = fc.sample(anyExchange, { numRuns: 1, seed: 1 });
  one!.directives.properties = new Map(Array.from({ length: 10_000 }, (_, index) => [`p${index}`, 'v']));
  one!.arrivals = Array.from({ length: 128 }, (_, index) => index);
  expect(unpackBatch(structuredClone(packBatch([one!, one!], [], 1)))).toEqual([one, one]);
});
