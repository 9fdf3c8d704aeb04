import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { type ServedApi, serveApi } from './served-api.ts';
import { bytesOf } from '../../src/model/exchange.ts';

let api: ServedApi;
beforeAll(async () => {
  api = await serveApi();
});
afterAll(() => api.close());
beforeEach(() => void api.recorded.splice(0));

function asyncLog(changes: { request?: object; response?: object; timing?: object } = {}) {
  return {
    providerRequest: {
      url: 'https://api.openai.com/v1/chat/completions',
      json: { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hello' }] },
      meta: {},
      ...changes.request,
    },
    providerResponse: { json: { id: 'chatcmpl-1', choices: [] }, status: 200, headers: {}, ...changes.response },
    timing: {
      startTime: { seconds: 1_790_000_000, milliseconds: 250 },
      endTime: { seconds: 1_790_000_002, milliseconds: 0 },
      ...changes.timing,
    },
  };
}

describe('async logs', () => {
  it.each([
    { kind: 'custom', upstream: 'custom', provider: 'openai' },
    { kind: 'oai', upstream: 'openai', provider: 'openai' },
    { kind: 'anthropic', upstream: 'anthropic', provider: 'anthropic' },
    { kind: 'googleapis', upstream: 'gemini', provider: 'gemini' },
  ])('of $kind become exchanges like proxied ones', async ({ kind, upstream, provider }) => {
    const answer = await api.call('POST', `/${kind}/v1/log`, asyncLog());
    expect([answer.status, answer.text]).toEqual([200, 'ok']);
    const [exchange] = api.recorded;
    expect(exchange).toMatchObject({
      upstream,
      provider,
      target: 'https://api.openai.com',
      method: 'POST',
      path: '/v1/chat/completions',
      status: 200,
      ending: 'ended',
      startedAtMs: 1_790_000_000_250,
      durationMs: 1750,
      firstByteMs: undefined,
    });
    expect(JSON.parse(Buffer.from(bytesOf(exchange!.request)).toString())).toEqual(asyncLog().providerRequest.json);
    expect(exchange!.response.size).toBe(exchange!.response.kept);
    expect(answer.headers.get('helicone-id')).toBe(exchange!.directives.requestId);
  });

  it('take directives from the meta, overridden by headers', async () => {
    const [inMeta, inHeader] = [newId(), newId()];
    const meta = {
      'Helicone-Request-Id': inMeta,
      'Helicone-Property-City': 'Zürich 👍',
      'helicone-property-number': 7,
      'Helicone-User-Id': 'meta',
      'Gradeway-Session-Id': 's',
      Authorization: 'Bearer x',
    };
    await api.call('POST', '/custom/v1/log', asyncLog({ request: { meta } }));
    const answer = await api.call('POST', '/custom/v1/log', asyncLog({ request: { meta } }), {
      'helicone-request-id': inHeader,
      'helicone-user-id': 'header',
    });
    expect(api.recorded[0]!.directives).toMatchObject({ requestId: inMeta, userId: 'meta', sessionId: 's' });
    expect(Object.fromEntries(api.recorded[0]!.directives.properties)).toEqual({ city: 'Zürich 👍', number: '7' });
    expect(api.recorded[1]!.directives).toMatchObject({ requestId: inHeader, userId: 'header', sessionId: 's' });
    expect(answer.headers.get('helicone-id')).toBe(inHeader);
    expect(answer.headers.get('gradeway-id')).toBe(inHeader);
    // On the proxy this header says how the log is kept, so it names none here.
    expect(answer.headers.get('gradeway-log')).toBeNull();
    expect(answer.headers.get('gradeway-ignored')).toBeNull();
  });

  it('name directives that had no effect, as the proxy does', async () => {
    const meta = { 'Helicone-Cache-Enabled': 'true', 'Helicone-User-Id': 'ada' };
    const answer = await api.call('POST', '/custom/v1/log', asyncLog({ request: { meta } }), {
      'Gradeway-Retry-Enabled': 'true',
    });
    expect([answer.status, answer.headers.get('gradeway-ignored')]).toEqual([
      200,
      'helicone-cache-enabled, gradeway-retry-enabled',
    ]);
    const { values } = await api.metrics.ignoredDirectives.get();
    expect(values).toMatchObject([{ value: 1 }]);
  });

  it('keep a stream as the text it was', async () => {
    const textBody = 'data: {"id":"chatcmpl-1","choices":[]}\n\ndata: [DONE]\n\n';
    await api.call(
      'POST',
      '/oai/v1/log',
      asyncLog({ response: { json: {}, textBody }, timing: { timeToFirstToken: 120 } }),
    );
    const [exchange] = api.recorded;
    expect(Buffer.from(bytesOf(exchange!.response)).toString()).toBe(textBody);
    expect(exchange!.responseHeaders['content-type']).toBe('text/event-stream');
    expect(exchange).toMatchObject({ firstByteMs: 120, arrivals: [textBody.length, 120] });
  });

  it('keep only the response headers that a proxied log keeps', async () => {
    const headers = {
      'X-Request-Id': 'r1',
      'Set-Cookie': 'a=canary',
      'openai-processing-ms': 12,
      'content-encoding': 'gzip',
      authorization: 'canary',
    };
    await api.call('POST', '/oai/v1/log', asyncLog({ response: { headers } }));
    expect(api.recorded[0]!.responseHeaders).toEqual({
      'x-request-id': 'r1',
      'openai-processing-ms': '12',
      'content-type': 'application/json',
    });
  });

  it('strike secrets out of the URL', async () => {
    await api.call(
      'POST',
      '/googleapis/v1/log',
      asyncLog({
        request: { url: 'https://me:pass1@g.example.com/v1beta/models/m:generateContent?key=canary&alt=sse' },
      }),
    );
    const [exchange] = api.recorded;
    expect(exchange).toMatchObject({
      target: 'https://g.example.com',
      path: '/v1beta/models/m:generateContent?key=REDACTED&alt=sse',
    });
    expect(exchange!.credentials).toEqual(expect.arrayContaining(['canary', 'pass1', 'me']));
  });

  it('strike out a secret that is there twice, and take fractions of seconds', async () => {
    const request = { url: 'https://g.example.com/v1?api_key=canary1&a=1&API_KEY=canary3&api_key=canary2' };
    const timing = { startTime: { seconds: 1_790_000_000.1234, milliseconds: 0 } };
    await api.call('POST', '/googleapis/v1/log', asyncLog({ request, timing }));
    const [exchange] = api.recorded;
    expect(exchange!.path).not.toContain('canary');
    expect(exchange!.credentials).toEqual(expect.arrayContaining(['canary1', 'canary2', 'canary3']));
    expect(exchange!.startedAtMs).toBe(1_790_000_000_123);
  });

  it.each([
    {
      name: 'a URL',
      url: 'https://g.example.com/v1?Subscription-Key=canary-one&client_secret=canary-two&auth=canary-3&a%70i_key=canary-4',
      path: '/v1?Subscription-Key=REDACTED&client_secret=REDACTED&auth=REDACTED&a%70i_key=REDACTED',
    },
    {
      name: 'a URL of another scheme',
      url: 'grpc://me:canary-one@g.example.com/v1?access-token=canary-two',
      path: '/v1?access-token=REDACTED',
    },
    {
      name: 'a URL without scheme',
      url: 'api.example.com/v1/x?key=canary-one&a=1',
      path: 'api.example.com/v1/x?key=REDACTED&a=1',
    },
    {
      name: 'a host and port',
      url: 'localhost:8000/v1?api-key=canary-one',
      path: 'localhost:8000/v1?api-key=REDACTED',
    },
    { name: 'a user before a host', url: 'me:canary-one@api.example.com/v1', path: 'api.example.com/v1' },
    { name: 'a broken URL', url: 'http://me:canary-one@[x/v1?token=canary-two', path: 'http://[x/v1?token=REDACTED' },
  ])('store no secret of $name', async ({ url, path }) => {
    await api.call('POST', '/custom/v1/log', asyncLog({ request: { url } }));
    const [exchange] = api.recorded;
    expect(exchange!.path).toBe(path);
    expect(exchange!.target).toMatch(/^(custom|https:\/\/g\.example\.com|grpc:\/\/g\.example\.com)$/);
    expect(exchange!.credentials).toContain('canary-one');
  });

  it('take a name where there is no URL', async () => {
    await api.call('POST', '/custom/v1/log', asyncLog({ request: { url: 'custom-model-nopath' } }));
    expect(api.recorded[0]).toMatchObject({ target: 'custom', path: 'custom-model-nopath' });
  });

  it.each([
    { status: -3, ending: 'client_aborted' },
    { status: -2, ending: 'timeout' },
    { status: 0, ending: 'upstream_aborted' },
    { status: 500, ending: 'ended' },
  ])('with status $status ended as $ending', async ({ status, ending }) => {
    await api.call('POST', '/oai/v1/log', asyncLog({ response: { status } }));
    expect(api.recorded[0]).toMatchObject({ ending, status: status > 0 ? status : undefined });
  });

  it('need no timing', async () => {
    const { timing: _timing, ...body } = asyncLog();
    expect((await api.call('POST', '/oai/v1/log', body)).status).toBe(200);
    expect(api.recorded[0]!.durationMs).toBe(0);
    expect(Math.abs(api.recorded[0]!.startedAtMs - Date.now())).toBeLessThan(60_000);
  });

  it.each([
    { name: 'no body', body: undefined, says: 'body: it is required. Send an object' },
    { name: 'a list', body: [], says: 'body: send an object and not a list' },
    {
      name: 'no request',
      body: { providerResponse: { json: {}, status: 200 } },
      says: 'body.providerRequest: it is required. Send an object',
    },
    {
      name: 'no response',
      body: { providerRequest: { url: 'x', json: {} } },
      says: 'body.providerResponse: it is required. Send an object',
    },
    {
      name: 'no URL',
      body: asyncLog({ request: { url: undefined } }),
      says: 'body.providerRequest.url: it is required. Send a text',
    },
    { name: 'an empty URL', body: asyncLog({ request: { url: '' } }), says: 'body.providerRequest.url: it is empty' },
    {
      name: 'a status that is a word',
      body: asyncLog({ response: { status: 'ok' } }),
      says: 'body.providerResponse.status: send a number and not a text',
    },
    {
      name: 'half a status',
      body: asyncLog({ response: { status: 200.5 } }),
      says: 'body.providerResponse.status: send a whole number and not a fraction',
    },
    {
      name: 'a header that is an object',
      body: asyncLog({ response: { headers: { a: {} } } }),
      says: 'body.providerResponse.headers.a: send a text, a number or a list of texts',
    },
    {
      name: 'a directive that is a list',
      body: asyncLog({ request: { meta: { 'Helicone-User-Id': [] } } }),
      says: 'body.providerRequest.meta.Helicone-User-Id: send a text, a number or a boolean',
    },
    {
      name: 'more directives than a request may have headers',
      body: asyncLog({
        request: { meta: Object.fromEntries(Array.from({ length: 2001 }, (_, at) => [`a${at}`, {}])) },
      }),
      says: 'body.providerRequest.meta: send at most 2000 members',
    },
    { name: 'a body that is a text', body: asyncLog({ request: { json: 'x' } }), says: 'an object is needed' },
    {
      name: 'times that are no numbers',
      body: asyncLog({ timing: { endTime: 'now' } }),
      says: 'body.timing.endTime: send an object and not a text',
    },
    {
      name: 'a time beyond all clocks',
      body: asyncLog({ timing: { startTime: { seconds: 1e300, milliseconds: 0 } } }),
      says: 'body.timing.startTime.seconds: send at most 100000000000',
    },
    { name: 'text that is no JSON', body: '{', says: 'not JSON' },
    { name: 'more than 10 MB', body: 'x'.repeat(10_500_000), says: 'Payload too large' },
  ])('with $name are refused with 400 and the place', async ({ body, says }) => {
    const { status, json } = await api.call('POST', '/oai/v1/log', body);
    expect(status).toBe(400);
    expect((json as { error: string }).error).toContain(says);
    expect((json as { error: string }).error).not.toMatch(/Invalid input|received|Too (big|small)/i);
    expect(api.recorded).toEqual([]);
  });
});
