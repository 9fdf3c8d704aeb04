/**
 * Whatever way a call goes out to an address that somebody else chose, and however that address is written, a listener on
 * loopback hears nothing of it; and it does once its networks are allowed, so that this test can fail.
 */
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { addressPolicy } from '../../src/outbound/address-policy.ts';
import { guardedConnector, type Resolve } from '../../src/outbound/guarded-connect.ts';
import { destinationProblem } from '../../src/webhooks/destination.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { Agent } from 'undici';
import { ReceiverCalls } from '../../src/compose/receivers.ts';
import type { Runnable } from '../../src/evaluation/kind.ts';
import { webhookKind } from '../../src/evaluation/kinds/webhook.ts';
import { runnableOf } from '../../src/evaluation/registry.ts';
import { definitionSchema } from '../../src/model/definition.ts';
import { logWith } from '../evaluators/log-with.ts';
import { webhookDefinition } from '../fixtures/definition.ts';
import { call } from '../fakes/http-client.ts';
import { listenOnFreePort } from '../fakes/listen.ts';
import { startGateway } from '../gateway/start-gateway.ts';
import { LOOPBACK_SPELLINGS, NAMES, OTHER_SPELLINGS } from './spellings.ts';

/** This machine by all its addresses. */
const THIS_MACHINE = ['127.0.0.0/8', '0.0.0.0/8', '::1/128', '::/128'];

const canary = createServer((_incoming, outgoing) => outgoing.end('{}'));
const canary6 = createServer((_incoming, outgoing) => outgoing.end('{}'));
let port = 0;
let heard = 0;
beforeAll(async () => {
  for (const one of [canary, canary6]) one.on('connection', () => (heard += 1));
  port = await listenOnFreePort(canary);
  await new Promise<void>((listening, failed) => {
    canary6.once('error', failed).listen(port, '::1', listening);
  });
});
afterAll(async () => {
  for (const one of [canary, canary6]) {
    one.closeAllConnections();
    await new Promise((done) => one.close(done));
  }
});

const resolve: Resolve = (name, _options, done) => {
  const addresses = NAMES[name];
  if (addresses === undefined) done(Object.assign(new Error('unknown'), { code: 'ENOTFOUND' }), []);
  else
    done(
      null,
      addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
};

/** Says `refused`, `called`, `not taken` (it is no URL to whoever keeps it) or what else came of it. */
type Call = (origin: string) => Promise<string>;
type Way = (allowed: string[], how?: Resolve) => Promise<Call>;

/** Hosts are all allowed, so that nothing but the connector stands between. */
const hosts = [...LOOPBACK_SPELLINGS, ...OTHER_SPELLINGS].flatMap((text) => {
  const url = text.replaceAll('PORT', '1');
  return URL.canParse(url) ? [new URL(url).hostname] : [];
});

const proxied = (fastLane: boolean): Way => {
  return async (allowedNetworks, how = resolve) => {
    const gateway = await startGateway('http://127.0.0.1:9', {
      fastLane,
      resolve: how,
      targetUrl: { enabled: true, allowedHosts: [...hosts, 'flips.test'], allowedNetworks },
    });
    onTestFinished(() => gateway.close());
    return async (origin) => {
      const { status } = await call(gateway.port, {
        path: '/v1/models',
        headers: { 'helicone-target-url': origin },
      });
      if (status === 200) return 'called';
      return status === 400 || status === 403 ? 'refused' : `answered ${status}`;
    };
  };
};

const WAYS: { name: string; way: Way }[] = [
  { name: 'Target-URL in the fast lane', way: proxied(true) },
  { name: 'Target-URL in the ordinary lane', way: proxied(false) },
  {
    name: 'a webhook as it is kept and delivered',
    way: async (allowed, how = resolve) => {
      const policy = addressPolicy(allowed);
      const sender = new Sender({ policy, timeoutMs: 2000, resolve: how });
      onTestFinished(() => sender.close());
      return async (origin) => {
        if (destinationProblem(origin, policy) !== undefined) return 'refused';
        return outcomeOf(sender, origin);
      };
    },
  },
  {
    name: 'a delivery to a webhook that was kept under other rules',
    way: async (allowed, how = resolve) => {
      const sender = new Sender({ policy: addressPolicy(allowed), timeoutMs: 2000, resolve: how });
      onTestFinished(() => sender.close());
      return (origin) => outcomeOf(sender, origin);
    },
  },
  { name: 'a webhook evaluator as it is put and called', way: evaluated(true) },
  { name: 'a webhook evaluator that was put under other rules', way: evaluated(false) },
];

/** A log is posted to a webhook evaluator's URL; asked before whether it may be put, or put under other rules. */
function evaluated(isAsked: boolean): Way {
  return async (allowed, how = resolve) => {
    const receivers = new ReceiverCalls(allowed, how);
    const parts = { receivers, evaluate: async () => [], costAtMost: async () => 0 };
    const runner = webhookKind.start!(parts);
    onTestFinished(async () => {
      await runner.close();
      await receivers.close();
    });
    return async (url) => {
      const known = webhookDefinition();
      const put = definitionSchema.safeParse({ ...known, settings: { ...known.settings, url } });
      if (!put.success) return 'not taken';
      const definition = put.data as typeof known;
      if (isAsked && webhookKind.faultOf(definition, parts) !== undefined) return 'refused';
      const version = { projectId: 'p', version: '1', managedBy: 'api', createdAtMs: 1, definition } as const;
      let came = '';
      const work = { runnable: runnableOf(version) as Runnable<'webhook'>, subject: logWith() };
      await runner.run([work], ({ outcome }) => {
        came = outcome.outcome === 'failed' ? `${outcome.code}: ${outcome.message}` : outcome.outcome;
      });
      // What is sent back is no score, but it was called.
      if (came.startsWith('invalid_result')) return 'called';
      return came.startsWith('webhook_refused') ? 'refused' : came;
    };
  };
}

async function outcomeOf(sender: Sender, destination: string): Promise<string> {
  const hmacKey = randomBytes(32).toString('hex');
  const { ending, attempt } = await sender.send({ destination, hmacKey, id: 'msg_1', body: '{}' });
  if (ending === 'delivered') return 'called';
  return ending === 'refused' || /: (ERR_INVALID_URL|UND_ERR_INVALID_ARG)\.$/.test(attempt.error ?? '')
    ? 'refused'
    : `${ending}: ${attempt.error}`;
}

const written = (spellings: readonly string[]): string[] =>
  spellings.map((text) => text.replaceAll('PORT', String(port)));

describe('a call to an address that somebody else chose', () => {
  it('is tried in at least 80 spellings by 6 ways', () => {
    expect(new Set([...LOOPBACK_SPELLINGS, ...OTHER_SPELLINGS]).size).toBeGreaterThanOrEqual(80);
    expect(WAYS).toHaveLength(6);
  });

  it.each(WAYS)('reaches no listener on this machine: $name', async ({ way }) => {
    const go = await way([]);
    const before = heard;
    const wrong: [string, string][] = [];
    for (const origin of written([...LOOPBACK_SPELLINGS, ...OTHER_SPELLINGS])) {
      const outcome = await go(origin);
      if (!['refused', 'not taken'].includes(outcome)) wrong.push([origin, outcome]);
    }
    expect(wrong).toEqual([]);
    expect(heard - before).toBe(0);
  });

  it.each(WAYS)('reaches it where the networks are allowed: $name', async ({ way }) => {
    const go = await way(THIS_MACHINE);
    const missed: [string, string][] = [];
    const before = heard;
    for (const origin of written(LOOPBACK_SPELLINGS)) {
      const outcome = await go(origin);
      if (!['called', 'not taken'].includes(outcome)) missed.push([origin, outcome]);
    }
    expect(missed).toEqual([]);
    expect(heard).toBeGreaterThan(before);
  });

  it.each(WAYS)(
    'goes to the address that was judged, whatever the name means a moment later: $name',
    async ({ way }) => {
      let asked = 0;
      // Allowed is 127.0.0.2, where nobody listens; every second answer is the canary's.
      const flipping: Resolve = (_name, _options, done) => {
        asked += 1;
        done(null, [{ address: asked % 2 === 1 ? '127.0.0.2' : '127.0.0.1', family: 4 }]);
      };
      const go = await way(['127.0.0.2/32'], flipping);
      const before = heard;
      for (let call = 0; call < 20; call += 1) await go(`http://flips.test:${port}`);
      expect(asked).toBeGreaterThanOrEqual(10);
      expect(heard - before).toBe(0);
    },
  );

  it('is broken off unsent where the connection ended up elsewhere', async () => {
    let looks = 0;
    const once = { refusal: () => (++looks === 1 ? undefined : 'strayed') };
    const agent = new Agent({ connect: guardedConnector(once, { timeoutMs: 1000, resolve }) });
    onTestFinished(() => agent.destroy());
    let asked = 0;
    canary.once('request', () => (asked += 1));
    await expect(agent.request({ origin: `http://loopback.test:${port}`, path: '/', method: 'GET' })).rejects.toThrow(
      'strayed',
    );
    expect(asked).toBe(0);
  });
});
