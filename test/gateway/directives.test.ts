/** Every directive, under both prefixes: its effect on what is recorded, on what goes upstream, and on the answer. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { readDirectives } from '../../src/gateway/directives.ts';
import { newId } from '../../src/model/id.ts';
import type { Directives } from '../../src/model/directives.ts';
import { call } from '../fakes/http-client.ts';
import { startHttpUpstream, type HttpUpstream } from '../fakes/http-upstream.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';
import { bytesOf } from '../../src/model/exchange.ts';

let upstream: HttpUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startHttpUpstream();
  gateway = await startGateway(upstream.url, {
    upstreams: [
      { name: 'openai', url: upstream.url },
      { name: 'anthropic', url: upstream.url, provider: 'anthropic' },
      { name: 'gemini', url: upstream.url, provider: 'gemini' },
      { name: 'azure', url: upstream.url, provider: 'azure' },
    ],
  });
});
beforeEach(() => {
  gateway.exchanges.length = 0;
  upstream.seen.length = 0;
});
afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

async function send(
  headers: string[],
  body?: string,
): Promise<{ directives: Directives; headers: Record<string, unknown> }> {
  const answer = await call(gateway.port, {
    path: '/v1/chat/completions',
    headers: [
      'Host',
      'x',
      ...headers,
      ...(body === undefined ? [] : ['Content-Length', String(Buffer.byteLength(body))]),
    ],
    ...(body === undefined ? {} : { body }),
  });
  const [exchange] = await gateway.recorded(1);
  return { directives: exchange!.directives, headers: answer.headers };
}

const UUIDS = [
  { name: 'version 1', id: 'c232ab00-9414-11ec-b3c8-9f68deced846' },
  { name: 'version 3', id: '5df41881-3aed-3515-88a7-2f4a814cf09e' },
  { name: 'version 4', id: '919108f7-52d1-4320-9bac-f847db4148a8' },
  { name: 'version 5', id: '2ed6657d-e927-568b-95e1-2665a8aea6a2' },
  { name: 'version 6', id: '1ec9414c-232a-6b00-b3c8-9f68deced846' },
  { name: 'version 7', id: '017f22e2-79b0-7cc3-98c4-dc0c0c07398f' },
  { name: 'upper case', id: '919108F7-52D1-4320-9BAC-F847DB4148A8' },
];
const NO_UUIDS = [
  { name: 'a word', id: 'abc' },
  { name: 'nil', id: '00000000-0000-0000-0000-000000000000' },
  { name: 'version 8', id: '919108f7-52d1-8320-9bac-f847db4148a8' },
  { name: 'the wrong variant', id: '919108f7-52d1-4320-0bac-f847db4148a8' },
  { name: 'blanks inside', id: '919108f7-52d1 4320-9bac-f847db4148a8' },
  { name: 'something longer', id: '919108f7-52d1-4320-9bac-f847db4148a8x' },
  { name: 'nothing', id: '' },
];

describe.each(['Helicone', 'Gradeway', 'hELICONE', 'gradeway'])('%s-', (prefix) => {
  it.each(UUIDS)('Request-Id is honoured: $name', async ({ id }) => {
    const { directives, headers } = await send([`${prefix}-Request-Id`, id]);
    expect(directives.requestId).toBe(id);
    expect([headers['helicone-id'], headers['gradeway-id']]).toEqual([id, id]);
    expect(gateway.exchanges[0]!.id).not.toBe(id);
  });

  it.each(NO_UUIDS)('Request-Id is replaced: $name', async ({ id }) => {
    const { directives, headers } = await send([`${prefix}-Request-Id`, id]);
    expect(directives.requestId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(directives.requestId).toBe(gateway.exchanges[0]!.id);
    expect(headers['helicone-id']).toBe(directives.requestId);
  });

  it('Property- keeps names in lower case and values as they are', async () => {
    const { directives } = await send([
      `${prefix}-Property-Environment`,
      'Production',
      `${prefix}-Property-promptVersion`,
      'v2',
      `${prefix}-Property-__proto__`,
      'x',
      `${prefix}-Property-constructor`,
      'y',
      `${prefix}-Property-Empty`,
      '',
      `${prefix}-Property-`,
      'no name',
    ]);
    expect([...directives.properties]).toEqual([
      ['environment', 'Production'],
      ['promptversion', 'v2'],
      ['__proto__', 'x'],
      ['constructor', 'y'],
      ['empty', ''],
    ]);
    expect(directives.propertiesDropped).toBe(1);
  });

  it('User-Id and Session-* are recorded', async () => {
    const { directives } = await send([
      `${prefix}-User-Id`,
      'user@example.com',
      `${prefix}-Session-Id`,
      's-1',
      `${prefix}-Session-Name`,
      'Trip',
      `${prefix}-Session-Path`,
      '/a/b',
    ]);
    expect(directives).toMatchObject({
      userId: 'user@example.com',
      sessionId: 's-1',
      sessionName: 'Trip',
      sessionPath: '/a/b',
    });
  });

  it('Model-Override is recorded and changes nothing', async () => {
    const { directives } = await send([`${prefix}-Model-Override`, 'my-model'], '{"model":"m"}');
    expect(directives.modelOverride).toBe('my-model');
    expect(upstream.seen[0]!.body.toString()).toBe('{"model":"m"}');
  });

  it.each([
    { value: 'true', on: true },
    { value: 'True', on: false },
    { value: '1', on: false },
    { value: 'false', on: false },
    { value: '', on: false },
  ])('Omit-Request, Omit-Response and Stream-Usage are on only for the exact true: "$value"', async ({ value, on }) => {
    const headers = ['Omit-Request', 'Omit-Response', 'Stream-Usage'].flatMap((name) => [`${prefix}-${name}`, value]);
    const { directives } = await send(headers, '{"model":"m","stream":true}');
    expect(directives).toMatchObject({ omitRequest: on, omitResponse: on, streamUsage: on });
    expect(upstream.seen[0]!.body.toString().includes('include_usage')).toBe(on);
    expect(gateway.exchanges[0]!.request.size).toBeGreaterThan(0);
  });

  it('directives never reach the upstream', async () => {
    const names = [
      'Auth',
      'Request-Id',
      'User-Id',
      'Property-A',
      'Session-Id',
      'Omit-Request',
      'Cache-Enabled',
      'Anything',
      '',
    ];
    await send(names.flatMap((name) => [`${prefix}-${name}`, 'Bearer x']));
    expect(Object.keys(upstream.seen[0]!.headers).filter((name) => /helicone|gradeway/i.test(name))).toEqual([]);
  });

  it('directives that are not served are named in the answer', async () => {
    const { headers } = await send([
      `${prefix}-Cache-Enabled`,
      'true',
      `${prefix}-Retry-Enabled`,
      'true',
      `${prefix}-retry-num`,
      '3',
      `${prefix}-RateLimit-Policy`,
      '10;w=60',
      `${prefix}-Fallbacks`,
      '[]',
      `${prefix}-Moderations-Enabled`,
      'true',
      `${prefix}-LLM-Security-Enabled`,
      'true',
      `${prefix}-Prompt-Id`,
      'p',
      `${prefix}-Property-A`,
      'b',
      `${prefix}-Unheard-Of`,
      'x',
    ]);
    const names = [
      'cache-enabled',
      'retry-enabled',
      'retry-num',
      'ratelimit-policy',
      'fallbacks',
      'moderations-enabled',
      'llm-security-enabled',
      'prompt-id',
    ];
    // As they were sent, whatever the case.
    expect(headers['gradeway-ignored']).toBe(names.map((name) => `${prefix.toLowerCase()}-${name}`).join(', '));
  });
});

describe('directives', () => {
  it('are absent where none are sent', async () => {
    const { directives, headers } = await send([]);
    expect(directives).toEqual({
      requestId: gateway.exchanges[0]!.id,
      properties: new Map(),
      propertiesDropped: 0,
      userId: undefined,
      sessionId: undefined,
      sessionName: undefined,
      sessionPath: undefined,
      omitRequest: false,
      omitResponse: false,
      modelOverride: undefined,
      streamUsage: false,
    });
    expect(headers).not.toHaveProperty('gradeway-ignored');
  });

  it('of Gradeway count where Helicone says otherwise', async () => {
    const { directives } = await send([
      'Gradeway-User-Id',
      'ours',
      'Helicone-User-Id',
      'theirs',
      'Helicone-Property-A',
      '1',
      'Gradeway-Property-a',
      '2',
      'Helicone-Property-B',
      '3',
    ]);
    expect(directives.userId).toBe('ours');
    expect([...directives.properties]).toEqual([
      ['a', '2'],
      ['b', '3'],
    ]);
  });

  it('sent twice are one value, joined', async () => {
    const { directives } = await send(['Helicone-Property-A', '1', 'helicone-property-A', '2']);
    expect([...directives.properties]).toEqual([['a', '1, 2']]);
  });

  it.each([
    { name: 'UTF-8', sent: Buffer.from('Grüße 🚀').toString('latin1'), read: 'Grüße 🚀' },
    { name: 'latin1', sent: 'Gr\xfc\xdfe', read: 'Grüße' },
    { name: 'ASCII', sent: 'plain', read: 'plain' },
  ])('are read as $name', async ({ sent, read }) => {
    const { directives } = await send(['Helicone-Property-A', sent, 'Helicone-User-Id', sent]);
    expect([directives.properties.get('a'), directives.userId]).toEqual([read, read]);
  });

  it('drop and count properties beyond 64, names beyond 128 and cut values at 1,024 characters', async () => {
    const rocket = Buffer.from('🚀').toString('latin1');
    const { directives } = await send([
      `Helicone-Property-${'n'.repeat(129)}`,
      'x',
      'Helicone-Property-Long',
      'v'.repeat(2000),
      'Helicone-Property-Rocket',
      `${'v'.repeat(1023)}${rocket}`,
      ...Array.from({ length: 70 }, (_, index) => [`Helicone-Property-P${index}`, String(index)]).flat(),
    ]);
    expect(directives.properties.size).toBe(64);
    expect(directives.properties.get('long')).toBe('v'.repeat(1024));
    expect(directives.properties.get('rocket')).toBe('v'.repeat(1023));
    expect(directives.propertiesDropped).toBe(1 + 2 + 8);
  });

  // No header has one; the meta of a log that did not pass the proxy may.
  it('drops properties with a control character in their names', () => {
    const names = ['\u0001model', 'a\0b', 'tab\t', '\u007f'];
    const pairs = names.flatMap((name) => [`helicone-property-${name}`, 'x']);
    const { directives } = readDirectives(pairs, newId());
    expect([directives.properties.size, directives.propertiesDropped]).toEqual([0, names.length]);
  });
});

describe('Stream-Usage', () => {
  const on = ['Helicone-Stream-Usage', 'true'];
  const cases: { name: string; body: string; sent: string; headers?: string[] }[] = [
    {
      name: 'puts the member first',
      body: '{"model":"m","stream":true}',
      sent: '{"stream_options":{"include_usage":true},"model":"m","stream":true}',
    },
    {
      name: 'keeps other bytes',
      body: ' {\n "n": 1.0, "big": 12345678901234567890, "stream": true }',
      sent: ' {"stream_options":{"include_usage":true},\n "n": 1.0, "big": 12345678901234567890, "stream": true }',
    },
    {
      name: 'leaves a body that asks already',
      body: '{"stream":true,"stream_options":{"include_usage":true}}',
      sent: '{"stream":true,"stream_options":{"include_usage":true}}',
    },
    {
      name: 'turns it on',
      body: '{"stream":true,"stream_options":{"include_usage":false,"a":1}}',
      sent: '{"stream":true,"stream_options":{"include_usage":true,"a":1}}',
    },
    {
      name: 'replaces null',
      body: '{"stream":true,"stream_options":null}',
      sent: '{"stream":true,"stream_options":{"include_usage":true}}',
    },
    { name: 'leaves a call without stream', body: '{"stream":false}', sent: '{"stream":false}' },
    { name: 'leaves what is not JSON', body: '{"stream":true', sent: '{"stream":true' },
    { name: 'leaves an array', body: '[{"stream":true}]', sent: '[{"stream":true}]' },
    {
      name: 'leaves a compressed body',
      body: '{"stream":true}',
      sent: '{"stream":true}',
      headers: ['Content-Encoding', 'gzip'],
    },
  ];
  it.each(cases)('$name', async ({ body, sent, headers }) => {
    await send([...on, ...(headers ?? [])], body);
    const [seen] = upstream.seen;
    expect(seen!.body.toString()).toBe(sent);
    expect(seen!.headers['content-length']).toBe(String(sent.length));
    expect(Buffer.from(bytesOf(gateway.exchanges[0]!.request)).toString()).toBe(sent);
  });

  it('leaves a body that is nested too deep to be written anew', async () => {
    const body = `{"stream":true,"stream_options":{},"deep":${'{"toJSON":1,"a":'.repeat(50_000)}1${'}'.repeat(50_000)}}`;
    await send(on, body);
    expect(upstream.seen[0]!.body.toString()).toBe(body);
  });

  it.each([
    { path: '/v1/completions', changes: true },
    { path: '/openai/v1/chat/completions?a=/v1/responses', changes: true },
    { path: '/azure/openai/deployments/d/chat/completions?api-version=2024-10-21', changes: true },
    { path: '/v1/responses', changes: false },
    { path: '/v1/responses?next=/chat/completions', changes: false },
    { path: '/v1/threads/t/runs', changes: false },
    { path: '/v1/audio/speech', changes: false },
    { path: '/v1/chat/completions/c/messages', changes: false },
    { path: '/v1/nocompletions', changes: false },
    { path: '/anthropic/v1/messages', changes: false },
    { path: '/anthropic/v1/chat/completions', changes: false },
    { path: '/gemini/v1beta/openai/chat/completions', changes: false },
  ])('changes what is sent to $path: $changes', async ({ path, changes }) => {
    const body = '{"stream":true}';
    await call(gateway.port, { path, body, headers: ['Host', 'x', ...on, 'Content-Length', String(body.length)] });
    expect(upstream.seen[0]!.body.toString() === body).toBe(!changes);
  });

  it('rewrites a body that comes in chunks', async () => {
    await call(gateway.port, {
      path: '/v1/chat/completions',
      body: '{"stream":true}',
      headers: ['Host', 'x', ...on, 'Transfer-Encoding', 'chunked'],
    });
    expect(upstream.seen[0]!.body.toString()).toBe('{"stream_options":{"include_usage":true},"stream":true}');
    expect(upstream.seen[0]!.headers).not.toHaveProperty('transfer-encoding');
  });

  it('changes nothing without the directive', async () => {
    await send([], '{"stream":true}');
    expect(upstream.seen[0]!.body.toString()).toBe('{"stream":true}');
  });
});
