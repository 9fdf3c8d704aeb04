import { createHmac, randomBytes } from 'node:crypto';
import type { LookupAddress } from 'node:dns';
import { createServer as createTcpServer } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { addressPolicy, LOOPBACK } from '../../src/outbound/address-policy.ts';
import type { Resolve } from '../../src/outbound/guarded-connect.ts';
import { retryAfter } from '../../src/outbound/retry-after.ts';
import { Sender, type SenderOptions } from '../../src/webhooks/sender.ts';
import { standardSecret } from '../../src/webhooks/signature.ts';
import { listenOnFreePort } from '../fakes/listen.ts';
import { startReceiver } from './receiver.ts';

const hmacKey = randomBytes(32).toString('hex');
const BODY = JSON.stringify({ request_id: 'a', response_body: { text: 'ä€😀' } });

function sender(options: Partial<SenderOptions> = {}): Sender {
  const made = new Sender({ policy: addressPolicy(LOOPBACK), timeoutMs: 5000, ...options });
  onTestFinished(() => made.close());
  return made;
}

const send = (one: Sender, destination: string) => one.send({ destination, hmacKey, id: 'msg_1', body: BODY });

const resolvesTo = (...answers: string[][]): Resolve => {
  let asked = 0;
  return (_name, _options, done) => {
    const addresses = answers[Math.min(asked, answers.length - 1)]!;
    asked += 1;
    done(
      null,
      addresses.map((address): LookupAddress => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
};

describe('a message', () => {
  it('arrives with both signatures, which verify over the parsed body written again', async () => {
    const receiver = await startReceiver();
    const sent = await send(sender(), `${receiver.url}?a=b`);
    expect(sent).toMatchObject({ ending: 'delivered', attempt: { status: 200, error: null, answer: 'ok' } });
    const [{ path, headers, body }] = receiver.received as [(typeof receiver.received)[0]];
    expect(path).toBe('/hook?a=b');
    expect(headers['content-type']).toBe('application/json');
    // As Helicone's documentation verifies it.
    const written = JSON.stringify(JSON.parse(body));
    expect(headers['helicone-signature']).toBe(createHmac('sha256', hmacKey).update(written).digest('hex'));
    const standard = new Webhook(standardSecret(hmacKey));
    const given = headers as Record<string, string>;
    expect(standard.verify(body, given)).toEqual(JSON.parse(BODY));
    expect(() => standard.verify(`${body} `, given)).toThrow(/signature/i);
    expect(() => standard.verify(body, { ...given, 'webhook-id': 'msg_2' })).toThrow(/signature/i);
    const other = new Webhook(standardSecret(randomBytes(32).toString('hex')));
    expect(() => other.verify(body, given)).toThrow(/signature/i);
  });

  it.each([
    { status: 201, ending: 'delivered' },
    { status: 204, ending: 'delivered' },
    { status: 301, ending: 'failed' },
    { status: 400, ending: 'failed' },
    { status: 404, ending: 'failed' },
    { status: 410, ending: 'gone' },
    { status: 429, ending: 'failed' },
    { status: 500, ending: 'failed' },
    { status: 503, ending: 'failed' },
  ])('that is answered with $status is $ending', async ({ status, ending }) => {
    const receiver = await startReceiver();
    receiver.answer = (_received, outgoing) => outgoing.writeHead(status, { 'retry-after': '7' }).end();
    const sent = await send(sender(), receiver.url);
    expect(sent).toMatchObject({ ending, attempt: { status } });
    expect(sent.retryAfterMs).toBe(status === 429 || status === 503 ? 7000 : undefined);
  });

  it('does not follow a redirect', async () => {
    const [receiver, target] = [await startReceiver(), await startReceiver()];
    receiver.answer = (_received, outgoing) => outgoing.writeHead(307, { location: target.url }).end();
    const sent = await send(sender(), receiver.url);
    expect(sent.attempt.error).toMatch(/Redirects are not followed/);
    expect(target.received).toEqual([]);
  });

  it('waits for no answer longer than it may', async () => {
    const receiver = await startReceiver();
    receiver.answer = () => {};
    const sent = await send(sender({ timeoutMs: 200 }), receiver.url);
    expect(sent).toMatchObject({
      ending: 'failed',
      attempt: { status: null, error: 'There was no answer within 200 ms.' },
    });
    expect(sent.attempt.durationMs).toBeLessThan(3000);
  });

  it.each([
    { name: 'does not end', rest: true },
    { name: 'stalls', rest: false },
  ])('is delivered when the answer begins well and then $name', async ({ rest }) => {
    const receiver = await startReceiver();
    let closed = false;
    receiver.answer = (_received, outgoing) => {
      outgoing.writeHead(200).write('a'.repeat(600));
      outgoing.on('close', () => (closed = true));
      const more = (): void => {
        if (!outgoing.destroyed && rest) outgoing.write('b'.repeat(65_536), () => setImmediate(more));
      };
      more();
    };
    const sent = await send(sender(), receiver.url);
    expect(sent).toMatchObject({ ending: 'delivered', attempt: { status: 200 } });
    expect(sent.attempt.answer).toHaveLength(rest ? 1024 : 600);
    expect(sent.attempt.durationMs).toBeLessThan(4000);
    await expect.poll(() => closed).toBe(true);
  });

  it.each([
    { name: 'garbage', bytes: 'SSH-2.0-OpenSSH_9.6\r\n' },
    { name: 'nothing', bytes: '' },
    { name: 'a head without end', bytes: `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(1_000_000)}` },
  ])('fails when the far end answers $name', async ({ bytes }) => {
    const server = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => socket.end(bytes));
    });
    const port = await listenOnFreePort(server);
    onTestFinished(() => void server.close());
    const sent = await send(sender(), `http://127.0.0.1:${port}/`);
    expect(sent).toMatchObject({ ending: 'failed', attempt: { status: null, error: expect.any(String) } });
  });

  it('fails when nobody listens', async () => {
    const server = createTcpServer();
    const port = await listenOnFreePort(server);
    await new Promise((done) => server.close(done));
    const sent = await send(sender(), `http://127.0.0.1:${port}/`);
    expect(sent.attempt.error).toBe('It could not be reached: ECONNREFUSED.');
  });
});

describe('a destination that is not allowed', () => {
  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '0177.1', 'localhost', '[::]'])(
    'is not connected to: %s',
    async (host) => {
      const receiver = await startReceiver();
      const sent = await send(sender({ policy: addressPolicy([]) }), `http://${host}:${receiver.port}/`);
      expect(sent).toMatchObject({ ending: 'refused', attempt: { status: null } });
      expect(receiver.connections).toBe(0);
    },
  );

  it.each([
    { name: 'loopback', addresses: ['127.0.0.1'] },
    { name: 'loopback among public ones', addresses: ['8.8.8.8', '127.0.0.1'] },
    { name: 'mapped loopback', addresses: ['::ffff:127.0.0.1'] },
    { name: 'the address of metadata', addresses: ['169.254.169.254'] },
  ])('is not connected to when its name resolves to $name', async ({ addresses }) => {
    const receiver = await startReceiver();
    const guarded = sender({ policy: addressPolicy([]), resolve: resolvesTo(addresses) });
    for (const scheme of ['http', 'https']) {
      const sent = await send(guarded, `${scheme}://hooks.example.com:${receiver.port}/`);
      expect(sent).toMatchObject({ ending: 'refused' });
    }
    expect(receiver.connections).toBe(0);
  });

  it('is asked for once for each connection, and that answer counts: rebinding gains nothing', async () => {
    const receiver = await startReceiver();
    // Allowed at the first look, and something else at every other.
    const policy = addressPolicy(['127.0.0.1/32']);
    const resolve = resolvesTo(['127.0.0.1'], ['127.0.0.2']);
    const sent = await send(sender({ policy, resolve }), `http://hooks.example.com:${receiver.port}/`);
    expect(sent).toMatchObject({ ending: 'delivered' });
    expect(receiver.received[0]!.headers.host).toBe(`hooks.example.com:${receiver.port}`);
    const second = await send(
      sender({ policy, resolve: resolvesTo(['127.0.0.2']) }),
      `http://hooks.example.com:${receiver.port}/`,
    );
    expect(second).toMatchObject({ ending: 'refused' });
    expect(receiver.connections).toBe(1);
  });
});

describe('Retry-After', () => {
  const NOW = Date.parse('2026-11-25T12:00:00Z');
  it.each([
    { value: '120', ms: 120_000 },
    { value: '0', ms: 0 },
    { value: 'Wed, 25 Nov 2026 12:01:00 GMT', ms: 60_000 },
    { value: 'Wed, 25 Nov 2026 11:00:00 GMT', ms: 0 },
    { value: '999999999', ms: 86_400_000 },
    { value: '-5', ms: undefined },
    { value: 'soon', ms: undefined },
    { value: undefined, ms: undefined },
  ])('$value is $ms', ({ value, ms }) => {
    expect(retryAfter(value, NOW)).toBe(ms);
  });
});
