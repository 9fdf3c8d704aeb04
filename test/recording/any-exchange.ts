/** Any exchange that the types allow, and some bodies that far ends really send or might. */
import * as fc from 'fast-check';
import { ENDINGS } from '../../src/model/ending.ts';
import { FAILURES, type Outcome } from '../../src/model/outcome.ts';
import type { Filter } from '../../src/model/filter.ts';
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

const outcome: fc.Arbitrary<Outcome> = fc.oneof(
  fc.record({
    outcome: fc.constant('scored' as const),
    scores: fc.array(
      fc.record({ name: text, value: fc.oneof(fc.boolean(), text, fc.integer()), reason: fc.option(text) }),
      { maxLength: 3 },
    ),
    durationMs: numbers,
    printed: text,
  }),
  fc.record({
    outcome: fc.constant('failed' as const),
    code: fc.constantFrom(...FAILURES),
    message: text,
    retryable: fc.boolean(),
    durationMs: numbers,
    printed: text,
  }),
);
/** An empty list of them is none. */
const looks = <Value>(look: fc.Arbitrary<Value>): fc.Arbitrary<Value[] | undefined> =>
  maybe(fc.array(look, { minLength: 1, maxLength: 2 }));

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
  evaluations: looks(fc.record({ evaluator: text, evaluatorVersion: text, outcome, atMs: numbers })),
  later: looks(fc.record({ evaluator: text, filter: fc.constant<Filter>({ field: 'model', equals: 'm' }) })),
});
