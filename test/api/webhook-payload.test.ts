import { assert, json, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { webhookPayload } from '../../src/api/routes/helicone/webhook-payload.ts';
import { newLog } from '../fixtures/new-log.ts';

const payload = (changes: Parameters<typeof newLog>[0] = {}, options = {}) =>
  webhookPayload(newLog(changes), { includeData: true, bodyUrl: 'https://gw.example.com/x', ...options });

describe('a payload', () => {
  it("has Helicone's fields, the documentation's and ours", () => {
    const log = newLog({ costUsd: null });
    const [request, response] = [log.requestBody, log.responseBody].map(
      (body) => JSON.parse(Buffer.from(body!).toString()) as unknown,
    );
    const sent = webhookPayload(log, { includeData: true, bodyUrl: 'https://gw.example.com/x' });
    expect(JSON.parse(sent)).toEqual({
      request_id: log.requestId,
      request_body: request,
      response_body: response,
      requestId: log.requestId,
      response,
      log_id: log.id,
      user_id: 'ada',
      request_response_url: 'https://gw.example.com/x',
      model: 'gpt-4o-2024-08-06',
      provider: 'OPENAI',
      metadata: { cost: null, promptTokens: 9, completionTokens: 3, totalTokens: 12, latencyMs: 20 },
      status: 200,
      ending: 'ended',
      properties: {
        environment: 'production',
        'Helicone-Session-Id': 's-1',
        'Helicone-Session-Name': 'greeting',
        'Helicone-Session-Path': '/hello',
      },
    });
  });

  it('has ids and bodies alone without data', () => {
    const sent = JSON.parse(payload({ userId: null }, { includeData: false })) as object;
    expect(Object.keys(sent)).toEqual([
      'request_id',
      'request_body',
      'response_body',
      'requestId',
      'response',
      'log_id',
    ]);
  });

  it.each([
    { name: 'short text', body: 'no JSON', sent: 'no JSON' },
    { name: 'long text', body: 'x'.repeat(10_241), sent: expect.stringMatching(/^Body too large for webhook/) },
    { name: 'text of the longest kind', body: 'x'.repeat(10_240), sent: 'x'.repeat(10_240) },
    { name: 'long JSON', body: JSON.stringify({ a: 'x'.repeat(20_000) }), sent: { a: 'x'.repeat(20_000) } },
    { name: 'nothing', body: undefined, sent: null },
  ])('has a body of $name', ({ body, sent }) => {
    const responseBody = body === undefined ? undefined : Buffer.from(body);
    const { response_body: found } = JSON.parse(payload({ responseBody })) as { response_body: unknown };
    expect(found).toEqual(sent);
  });

  it('is the same when it is parsed and written again, whatever the bodies hold', () => {
    assert(
      property(json({ maxDepth: 4 }), json(), (one, other) => {
        const sent = payload({ requestBody: Buffer.from(one), responseBody: Buffer.from(other) });
        expect(JSON.stringify(JSON.parse(sent))).toBe(sent);
      }),
      { numRuns: 300 },
    );
    for (const body of [
      '{"b":1,"2":2,"1":3,"__proto__":{"a":1}}',
      '{"a":1e400,"b":-0,"c":9007199254740993}',
      '"\\ud800"',
    ]) {
      const sent = payload({ responseBody: Buffer.from(body) });
      expect(JSON.stringify(JSON.parse(sent))).toBe(sent);
    }
  });
});
