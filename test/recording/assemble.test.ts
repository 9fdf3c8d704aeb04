/** Assembling: whatever passed becomes a log, and one that every store takes. */
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { expect, it, onTestFinished } from 'vitest';
import type { Exchange } from '../../src/model/exchange.ts';
import { newId } from '../../src/model/id.ts';
import { assemble } from '../../src/recording/assemble.ts';
import { openStore } from '../../src/store/open.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { anyExchange } from './any-exchange.ts';
import { temporaryFolder } from './temporary-folder.ts';

const PATHS = [
  '/v1/chat/completions',
  '/v1/responses',
  '/v1/messages',
  '/v1/embeddings',
  '/v1beta/models/m:generateContent',
  '/x',
];

/** JSON whose fields have the right names and any values. */
const known = fc.constantFrom(
  ...'id model choices usage messages content delta message tool_calls finish_reason error output input candidates parts type'.split(
    ' ',
  ),
  '__proto__',
);
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 5 },
    fc.constantFrom(null, true, -1, 1e308, 0.1, '', 'text', '\u0000', '\ud800', '{"a":'),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(known, tie('tree'), { maxKeys: 5 }),
  ),
}));
const json = tree.map((value) => Buffer.from(JSON.stringify(value)));
const events = fc
  .array(
    fc.tuple(
      fc.constantFrom('data: ', 'data:', 'event: x\ndata: ', ': ', ''),
      json,
      fc.constantFrom('\n\n', '\r\n\r\n', '\n'),
    ),
    { maxLength: 5 },
  )
  .map((list) => Buffer.concat(list.flatMap(([head, data, end]) => [Buffer.from(head), data, Buffer.from(end)])));
const body = fc.oneof(
  json,
  events,
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
);
const encoded = body.chain((bytes) =>
  fc.constantFrom<[string | undefined, Buffer]>(
    [undefined, bytes],
    ['gzip', gzipSync(bytes)],
    ['br', brotliCompressSync(bytes)],
    ['gzip', gzipSync(bytes).subarray(0, -3)],
    ['zstd, gzip', bytes],
    ['nonsense', bytes],
  ),
);
const type = fc.constantFrom(
  'application/json',
  'text/event-stream',
  'multipart/form-data; boundary=x',
  'audio/mpeg',
  '',
);

const exchange: fc.Arbitrary<Exchange> = fc
  .tuple(anyExchange, encoded, encoded, type, type, fc.constantFrom(...PATHS))
  .map(([one, request, response, requestType, responseType, path]) => ({
    ...one,
    id: newId(),
    projectId: DEFAULT_PROJECT.id,
    path,
    requestHeaders: headersOf(requestType, request[0]),
    responseHeaders: headersOf(responseType, response[0]),
    request: { ...one.request, parts: [request[1]], kept: request[1].length, size: request[1].length },
    response: { ...one.response, parts: [response[1]], kept: response[1].length, size: response[1].length },
  }));

function headersOf(contentType: string, encoding: string | undefined): Record<string, string> {
  return { 'content-type': contentType, ...(encoding !== undefined && { 'content-encoding': encoding }) };
}

it('makes a log of anything, and the store takes every one', { timeout: 120_000 }, async () => {
  const store = await openStore({ engine: 'sqlite', path: join(temporaryFolder(), 'a.db') });
  onTestFinished(() => store.close());
  await fc.assert(
    fc.asyncProperty(fc.array(exchange, { minLength: 1, maxLength: 10 }), async (exchanges) => {
      const logs = exchanges.map((one) => ({ ...assemble(one), evaluators: [] }));
      const { inserted } = await store.logs.add(logs, Date.now());
      expect(inserted).toBe(logs.length);
      const found = await store.logs.getMany(logs.map(({ id }) => id));
      expect(found.map(({ id }) => id).sort()).toEqual(logs.map(({ id }) => id).sort());
    }),
    { numRuns: 300 },
  );
});
