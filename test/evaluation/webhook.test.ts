/** Evaluators that are somebody's server, against a real one on 127.0.0.1. */
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readAnswerToken } from '../../src/api/leases/answer-token.ts';
import { ReceiverCalls } from '../../src/compose/receivers.ts';
import type { Result, Runner, Work } from '../../src/evaluation/kind.ts';
import { webhookKind } from '../../src/evaluation/kinds/webhook.ts';
import { runnableOf } from '../../src/evaluation/registry.ts';
import { LOOPBACK } from '../../src/outbound/address-policy.ts';
import { logWith } from '../evaluators/log-with.ts';
import { webhookDefinition } from '../fixtures/definition.ts';
import { type Receiver, startReceiver } from '../webhooks/receiver.ts';

const SECRET = `whsec_${randomBytes(32).toString('base64')}`;
const TOKEN_SECRET = randomBytes(32);

type Definition = ReturnType<typeof webhookDefinition>;

function runner(allowed: readonly string[] = LOOPBACK): {
  run: (work: Work<'webhook'>[]) => Promise<Result[]>;
  kind: Runner<'webhook'>;
} {
  const receivers = new ReceiverCalls(allowed);
  receivers.useLater({ publicUrl: 'https://gradeway.test', tokenSecret: TOKEN_SECRET });
  const parts = { receivers, evaluate: async () => [], costAtMost: async () => 0 };
  const kind = webhookKind.start!(parts);
  onTestFinished(async () => {
    await kind.close();
    await receivers.close();
  });
  return {
    kind,
    async run(work) {
      const results: Result[] = [];
      await kind.run(work, (result, index) => (results[index] = result));
      return results;
    },
  };
}

function workFor(
  receiver: Receiver,
  settings: Partial<Definition['settings']> = {},
  changes: Partial<Definition> = {},
): Work<'webhook'> {
  const definition = webhookDefinition(changes, { url: receiver.url, secret: SECRET, ...settings });
  const version = { projectId: 'p', version: '4', managedBy: 'api', createdAtMs: 1, definition } as const;
  return { runnable: runnableOf(version) as Work<'webhook'>['runnable'], subject: logWith() };
}

/** What one call comes to, where the receiver answers so. */
async function outcomeOf(answer: Receiver['answer'], changes: Partial<Definition> = {}): Promise<Result> {
  const receiver = await startReceiver();
  receiver.answer = answer;
  const [result] = await runner().run([workFor(receiver, {}, changes)]);
  return result!;
}

const answering =
  (body: string, status = 200, headers: Record<string, string> = {}): Receiver['answer'] =>
  (_received, outgoing) =>
    void outgoing.writeHead(status, headers).end(body);

describe('a webhook evaluator', () => {
  it('is sent the log, signed as Standard Webhooks say, by an id that is the same each time', async () => {
    const receiver = await startReceiver();
    receiver.answer = answering('{"value": 0.5, "reason": "half"}');
    const { run } = runner();
    const work = workFor(receiver);
    const [first] = await run([work]);
    expect(first).toEqual({
      outcome: {
        outcome: 'scored',
        scores: [{ name: 'remote', value: 0.5, reason: 'half' }],
        durationMs: expect.any(Number),
        printed: '',
      },
    });
    await run([work]);
    const [one, two] = receiver.received as [Receiver['received'][0], Receiver['received'][0]];
    expect(new Webhook(SECRET).verify(one.body, one.headers as Record<string, string>)).toMatchObject({
      type: 'evaluation.requested',
      data: {
        evaluator: { name: 'remote', version: '4', returns: 'number', range: { min: 0, max: 1 } },
        log: { id: work.subject.id, output: work.subject.output },
      },
    });
    expect(() => new Webhook(SECRET).verify(`${one.body} `, one.headers as Record<string, string>)).toThrow(
      /signature/i,
    );
    expect(two.headers['webhook-id']).toBe(one.headers['webhook-id']);
    expect(JSON.parse(one.body).data).not.toHaveProperty('answer');
    expect(one.body).not.toContain('projectId');
  });

  it.each([
    { body: 'true', returns: 'boolean', scores: [['remote', true]] },
    { body: '{"value": "good"}', returns: 'category', scores: [['remote', 'good']] },
    {
      body: '{"scores": {"a": 0, "b": {"value": 1}}}',
      returns: 'number',
      scores: [
        ['remote:a', 0],
        ['remote:b', 1],
      ],
    },
  ] as const)('scores by $body', async ({ body, returns, scores }) => {
    const { outcome } = await outcomeOf(answering(body), { returns, range: null });
    if (outcome.outcome !== 'scored') throw new Error(JSON.stringify(outcome));
    expect(outcome.scores.map(({ name, value }) => [name, value])).toEqual(scores);
  });

  it.each(['null', ''])('abstains by an answer of "%s"', async (body) => {
    expect((await outcomeOf(answering(body))).outcome).toMatchObject({ outcome: 'abstained' });
  });

  it.each([
    { name: 'off the scale', answer: answering('2'), says: /expected a number from 0 to 1/ },
    { name: 'of another kind', answer: answering('true'), says: /expected a finite number/ },
    { name: 'no JSON', answer: answering('<html>'), says: /not JSON: <html>/ },
    { name: 'too long', answer: answering(`"${'x'.repeat(65_536)}"`), says: /longer than 64 kB/ },
    {
      name: 'no UTF-8',
      answer: ((_received, outgoing) => void outgoing.end(Buffer.from([0x22, 0xff, 0x22]))) as Receiver['answer'],
      says: /not JSON/,
    },
  ])('fails, for good, by an answer that is $name', async ({ answer, says }) => {
    expect((await outcomeOf(answer)).outcome).toMatchObject({
      outcome: 'failed',
      code: 'invalid_result',
      message: expect.stringMatching(says),
      retryable: false,
    });
  });

  it.each([
    { status: 400, retryable: false },
    { status: 401, retryable: false },
    { status: 302, retryable: false },
    { status: 500, retryable: true },
    { status: 503, retryable: true },
  ])('fails with what the receiver says: $status', async ({ status, retryable }) => {
    const result = await outcomeOf(answering('no such tenant', status, { location: 'http://127.0.0.1:1/' }));
    const message = `The receiver answered ${status}: no such tenant`;
    expect(result).toEqual({
      outcome: {
        outcome: 'failed',
        code: 'webhook_failed',
        message,
        retryable,
        durationMs: expect.any(Number),
        printed: '',
      },
    });
  });

  it.each([
    { status: 429, headers: { 'retry-after': '7' }, waitMs: 7000 },
    { status: 429, headers: {}, waitMs: 5000 },
    { status: 503, headers: { 'retry-after': '2' }, waitMs: 2000 },
    { status: 429, headers: { 'retry-after': '86400' }, waitMs: 3_600_000 },
  ])(
    'leaves a receiver alone that answers $status $headers, with all that is for it',
    async ({ status, headers, waitMs }) => {
      const receiver = await startReceiver();
      receiver.answer = answering('busy', status, headers as Record<string, string>);
      const { run } = runner();
      const beforeMs = Date.now();
      const [first] = await run([workFor(receiver)]);
      expect(first!.retryAtMs! - beforeMs).toBeGreaterThanOrEqual(waitMs);
      expect(first!.retryAtMs! - Date.now()).toBeLessThanOrEqual(waitMs);
      const [second] = await run([workFor(receiver)]);
      expect(second).toMatchObject({ retryAtMs: first!.retryAtMs, outcome: { outcome: 'skipped' } });
      expect(receiver.received).toHaveLength(1);
    },
  );

  it('fails where there is no answer in time, and where it breaks off', async () => {
    const slow = await outcomeOf(() => {}, { deadlineMs: 50 });
    expect(slow.outcome).toMatchObject({
      code: 'timeout',
      message: 'There was no answer within 50 ms.',
      retryable: true,
    });
    const cut = await outcomeOf((_received, outgoing) => {
      outgoing.writeHead(200, { 'content-length': '100' }).write('{"value"');
      setTimeout(() => outgoing.destroy(), 20);
    });
    expect(cut.outcome).toMatchObject({ code: 'webhook_failed', message: 'The answer broke off.', retryable: true });
    const endless = await outcomeOf(
      (_received, outgoing) => {
        const timer = setInterval(() => outgoing.write(' '), 5);
        outgoing.on('close', () => clearInterval(timer));
      },
      { deadlineMs: 100 },
    );
    expect(endless.outcome).toMatchObject({ outcome: 'failed', message: 'The answer broke off.' });
  });

  it('is not called at an address that must not be, now or when it is put', async () => {
    const receiver = await startReceiver();
    const [result] = await runner([]).run([workFor(receiver)]);
    expect(result!.outcome).toMatchObject({ code: 'webhook_refused', retryable: false });
    expect(receiver.connections).toBe(0);
    const parts = { receivers: new ReceiverCalls([]), evaluate: async () => [], costAtMost: async () => 0 };
    const fault = webhookKind.faultOf(webhookDefinition({}, { url: 'https://10.0.0.1/', secret: SECRET }), parts);
    expect(fault).toMatchObject({
      member: 'settings.url',
      message: expect.stringContaining('not on the public internet'),
    });
  });

  it('needs a secret', () => {
    const { secret: _none, ...settings } = webhookDefinition().settings;
    const fault = webhookKind.faultOf(
      { ...webhookDefinition(), settings },
      { evaluate: async () => [], costAtMost: async () => 0 },
    );
    expect(fault).toMatchObject({ member: 'settings.secret' });
  });

  it('may answer later, by a token for this log and this version of it alone', async () => {
    const receiver = await startReceiver();
    receiver.answer = answering('whatever', 202);
    const work = workFor(receiver, { answer: 'later' });
    const [result] = await runner().run([work]);
    expect(result!.outcome).toMatchObject({ outcome: 'skipped', reason: expect.stringContaining('posted later') });
    const { answer } = JSON.parse(receiver.received[0]!.body).data as { answer: { url: string; token: string } };
    expect(answer.url).toBe('https://gradeway.test/api/v1/answers');
    const nowMs = Date.now();
    expect(readAnswerToken(answer.token, { secret: TOKEN_SECRET, nowMs })).toMatchObject({
      projectId: work.subject.projectId,
      logId: work.subject.id,
      evaluator: 'remote',
      version: '4',
    });
    expect(readAnswerToken(answer.token, { secret: TOKEN_SECRET, nowMs: nowMs + 8 * 86_400_000 })).toBeUndefined();
    expect(readAnswerToken(answer.token, { secret: randomBytes(32), nowMs })).toBeUndefined();
  });

  it('shows what it was sent to whoever tries it out', async () => {
    const receiver = await startReceiver();
    receiver.answer = answering('1');
    const [result] = await runner().run([{ ...workFor(receiver), isTrial: true }]);
    expect(JSON.parse(result!.outcome.rendered!)).toMatchObject({
      type: 'evaluation.requested',
      data: { isTrial: true },
    });
    expect(result!.outcome.rendered).toBe(receiver.received[0]!.body);
  });

  it('has 16 calls under way at a time, and the others wait', async () => {
    const receiver = await startReceiver();
    let [underWay, most] = [0, 0];
    receiver.answer = (_received, outgoing) => {
      most = Math.max(most, (underWay += 1));
      setTimeout(() => {
        underWay -= 1;
        outgoing.end('1');
      }, 10);
    };
    const work = workFor(receiver);
    const results = await runner().run(Array.from({ length: 64 }, () => work));
    expect(new Set(results.map(({ outcome }) => outcome.outcome))).toEqual(new Set(['scored']));
    expect(most).toBe(16);
  });

  it('is let be when the process ends', async () => {
    const receiver = await startReceiver();
    receiver.answer = () => {};
    const { kind } = runner();
    const running = kind.run([workFor(receiver)], () => {});
    await kind.close();
    await expect(running).rejects.toMatchObject({ code: 'draining' });
  });
});
