/** Webhooks of a real gateway: the receiver of Helicone's example, and deliveries that outlive their gateway. */
import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { call } from '../fakes/http-client.ts';
import { eventually, gatewayIn, metric, readJson, say, scene } from '../recording/real-gateway.ts';
import { startReceiver } from '../webhooks/receiver.ts';

interface Sent {
  request_id: string;
  requestId: string;
  log_id: string;
  response_body: { choices: { message: { content: string } }[] };
  request_response_url: string;
}

interface Row {
  id: string;
  hmac_key: string;
}

async function post(gateway: { port: number }, path: string, body: object, method = 'POST'): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await call(gateway.port, { method, path, headers, body: JSON.stringify(body) });
  expect([path, answer.status]).toEqual([path, expect.toBeOneOf([200, 201])]);
  return (JSON.parse(answer.body.toString()) as { data: unknown }).data;
}

async function createWebhook(gateway: { port: number }, destination: string): Promise<Row> {
  return ((await post(gateway, '/v1/webhooks', { destination, config: {} })) as Row[])[0]!;
}

async function deliveriesOf(gateway: { port: number }, { id }: Row): Promise<Record<string, unknown>[]> {
  const { body } = await readJson(gateway, `/v1/webhooks/${id}/deliveries`);
  return (body as { data: Record<string, unknown>[] }).data;
}

it('tells a receiver on localhost of the next call, and takes the score that it posts back', async () => {
  const at = await scene({ evaluators: {} });
  const gateway = await gatewayIn(at);
  const receiver = await startReceiver();
  const { hmac_key: key, ...row } = await createWebhook(gateway, receiver.url.replace('127.0.0.1', 'localhost'));
  const scored = Promise.withResolvers<unknown>();
  receiver.answer = ({ body }, outgoing) => {
    outgoing.end();
    const { request_id: id, response_body: response } = JSON.parse(body) as Sent;
    const length = response.choices[0]!.message.content.length;
    scored.resolve(post(gateway, `/v1/request/${id}/score`, { scores: { length } }));
  };

  const said = await say(gateway);
  await scored.promise;
  expect(receiver.received).toHaveLength(1);
  const { headers, body } = receiver.received[0]!;
  const sent = JSON.parse(body) as Sent;
  expect([sent.request_id, sent.requestId]).toEqual([said.requestId, said.requestId]);
  const signature = createHmac('sha256', key)
    .update(JSON.stringify(JSON.parse(body)))
    .digest('hex');
  expect(headers['helicone-signature']).toBe(signature);
  const log = await readJson(gateway, `/v1/request/${said.requestId}?includeBody=true`);
  expect(log.body).toMatchObject({
    data: { scores: { length: sent.response_body.choices[0]!.message.content.length } },
  });

  const { pathname, search, port } = new URL(sent.request_response_url);
  expect(Number(port)).toBe(gateway.port);
  const bodies = await readJson(gateway, pathname + search);
  expect(bodies).toMatchObject({ status: 200, body: { response: sent.response_body } });

  await eventually(
    async () => (await deliveriesOf(gateway, { ...row, hmac_key: key }))[0]!.state === 'delivered',
    'recorded',
  );
  expect(await deliveriesOf(gateway, { ...row, hmac_key: key })).toMatchObject([
    { log_id: sent.log_id, attempts: 1, last_attempt: { status: 200, error: null }, next_attempt_at: null },
  ]);
  await eventually(async () => (await metric(gateway, 'gradeway_webhook_attempts_total')) === 1, 'counted');
});

it('delivers what was committed when its process is killed before it could, once', { timeout: 120_000 }, async () => {
  const at = await scene({ evaluators: {} });
  const receiver = await startReceiver();
  // A gateway commits and does not deliver: it is killed between the two.
  const proxy = await gatewayIn(at, { role: 'gateway' });
  const webhook = await createWebhook(proxy, receiver.url);
  const said = [await say(proxy), await say(proxy), await say(proxy)];
  await proxy.kill();
  expect(receiver.received).toEqual([]);

  const gateway = await gatewayIn(at);
  await eventually(async () => {
    const records = await deliveriesOf(gateway, webhook);
    return records.length === 3 && records.every(({ state }) => state === 'delivered');
  }, 'delivered');
  const ids = receiver.received.map(({ body }) => (JSON.parse(body) as Sent).request_id);
  expect(ids.toSorted()).toEqual(said.map(({ requestId }) => requestId).toSorted());
  expect(new Set(receiver.received.map(({ headers }) => headers['webhook-id'])).size).toBe(3);
});

it('shuts down while a receiver hangs, and the delivery is there afterwards', { timeout: 120_000 }, async () => {
  const at = await scene({ evaluators: {} });
  const receiver = await startReceiver();
  receiver.answer = () => {};
  const gateway = await gatewayIn(at);
  const webhook = await createWebhook(gateway, receiver.url);
  await say(gateway);
  await eventually(() => receiver.received.length === 1, 'sent');
  expect(await gateway.end()).toBe(0);
  const next = await gatewayIn(at, { role: 'gateway' });
  expect(await deliveriesOf(next, webhook)).toMatchObject([{ state: 'pending' }]);
});
