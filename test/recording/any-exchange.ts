/** Any exchange that the types allow, and some bodies that far ends really send or might. */
import * as fc from 'fast-check';
import { ENDINGS } from '../../src/model/ending.ts';
import { type Capture, type Exchange, PROVIDERS } from '../../src/model/exchange.ts';

const text = fc.string({ unit: 'binary', maxLength: 12 });
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
  fc.option(value, { nil: undefined });
const numbers = fc.double({ noNaN: true, min: 0, max: 1e12 });
// `__proto__` is an ordinary name of a header no more than of a property, but a plain object cannot hold it.
const headers = fc.dictionary(
  text.filter((name) => name !== '__proto__'),
  text,
  { maxKeys: 4, noNullPrototype: true },
);
const capture: fc.Arbitrary<Capture> = fc
  .record({ bytes: fc.uint8Array({ maxLength: 64 }), size: fc.nat(), truncated: fc.boolean(), sha256: maybe(text) })
  .map(({ bytes, ...one }) => ({ ...one, parts: [bytes], kept: bytes.length }));

export const anyExchange: fc.Arbitrary<Exchange> = fc.record({
  id: fc.uuid(),
  projectId: fc.uuid(),
  upstream: text,
  provider: fc.constantFrom(...PROVIDERS),
  target: text,
  method: text,
  path: text,
  status: maybe(fc.integer({ min: 100, max: 599 })),
  errorCode: maybe(text),
  ending: fc.constantFrom(...ENDINGS),
  startedAtMs: numbers,
  firstByteMs: maybe(numbers),
  durationMs: numbers,
  arrivals: fc.array(numbers, { maxLength: 8 }),
  requestHeaders: headers,
  responseHeaders: headers,
  directives: fc.record({
    requestId: fc.uuid(),
    properties: fc
      .array(fc.tuple(fc.oneof(text, fc.constant('__proto__')), text), { maxLength: 4 })
      .map((pairs) => new Map(pairs)),
    propertiesDropped: fc.nat(),
    userId: maybe(text),
    sessionId: maybe(text),
    sessionName: maybe(text),
    sessionPath: maybe(text),
    omitRequest: fc.boolean(),
    omitResponse: fc.boolean(),
    modelOverride: maybe(text),
    streamUsage: fc.boolean(),
  }),
  request: capture,
  response: capture,
  credentials: fc.array(text, { maxLength: 3 }),
});
