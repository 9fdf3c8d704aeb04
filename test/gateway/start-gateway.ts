/** A gateway for tests: real listening, real forwarding, and what it recorded. */
import { createGateway, type Gateway, type GatewayOptions, type Upstream } from '../../src/gateway/gateway.ts';
import { createIngress, type Ingress, type IngressOptions } from '../../src/gateway/ingress.ts';
import type { Exchange, StartedExchange } from '../../src/model/exchange.ts';
import type { Principal } from '../../src/model/key.ts';

const MIB = 1024 * 1024;
export const PRINCIPAL: Principal = { projectId: 'project-1', keyId: null, scopes: ['ingest'] };

export interface TestGateway {
  port: number;
  gateway: Gateway;
  ingress: Ingress;
  exchanges: Exchange[];
  started: StartedExchange[];
  reports: { code: string; id: string; cause: unknown }[];
  /** Resolves with the exchanges once there are so many, and rejects when that takes too long. */
  recorded(count: number): Promise<Exchange[]>;
  close(): Promise<void>;
}

export type Overrides = Partial<Omit<GatewayOptions, 'limits' | 'timeouts' | 'upstreams'>> & {
  upstreams?: (Partial<Upstream> & { name: string; url: string })[];
  limits?: Partial<GatewayOptions['limits']>;
  timeouts?: Partial<GatewayOptions['timeouts']>;
  api?: IngressOptions['api'];
  durability?: 'durable' | 'fast';
  /** Whether plain calls take the fast lane. Without a word the environment says: `TEST_LANE=ordinary` compares. */
  fastLane?: boolean;
};

/** Starts one on a free port, with the upstream `url` as `openai` where no others are given. */
export async function startGateway(url: string, overrides: Overrides = {}): Promise<TestGateway> {
  const exchanges: Exchange[] = [];
  const started: StartedExchange[] = [];
  const reports: TestGateway['reports'] = [];
  const limits = {
    requestBodyBytes: 64 * MIB,
    captureRequestBytes: 4 * MIB,
    captureResponseBytes: 4 * MIB,
    guardrailBytes: 4 * MIB,
    headerBytes: 32 * 1024,
    headerCount: 200,
    connections: 10_000,
    ...overrides.limits,
  };
  const timeouts = {
    connectMs: 2000,
    headersMs: 10_000,
    bodyMs: 10_000,
    clientHeadersMs: 15_000,
    clientRequestMs: 120_000,
    keepAliveMs: 5000,
    drainMs: 2000,
    ...overrides.timeouts,
  };
  const upstreams = (overrides.upstreams ?? [{ name: 'openai', url }]).map((one): [string, Upstream] => [
    one.name,
    { provider: 'openai', key: undefined, ...one },
  ]);
  const { record, api, durability = 'durable', fastLane, ...options } = overrides;
  const gateway = createGateway({
    unconfigured: new Set(['azure']),
    defaultUpstream: 'openai',
    targetUrl: { enabled: false, allowedHosts: [], allowedNetworks: [] },
    withholds: () => durability === 'durable',
    authenticate: () => PRINCIPAL,
    allowedHosts: undefined,
    started: (one) => started.push(one),
    logStatus: () => undefined,
    report: (event) => reports.push(event),
    ...options,
    record: (exchange) => {
      exchanges.push(exchange);
      return record?.(exchange) ?? Promise.resolve();
    },
    upstreams: new Map(upstreams),
    limits,
    timeouts,
  });
  const ingress = createIngress({
    gateway,
    api: api ?? { handles: () => false, listener() {} },
    limits,
    timeouts,
    allowedHosts: overrides.allowedHosts,
    fastLane: fastLane ?? process.env.TEST_LANE !== 'ordinary',
  });
  const { port } = await ingress.listen('127.0.0.1', 0);
  return {
    port,
    gateway,
    ingress,
    exchanges,
    started,
    reports,
    async recorded(count) {
      const start = performance.now();
      while (exchanges.length < count) {
        if (performance.now() - start > 5000)
          throw new Error(`${exchanges.length} of ${count} exchanges were recorded`);
        await new Promise((resolve) => setTimeout(resolve, 2));
      }
      return exchanges;
    },
    async close() {
      ingress.closeAllConnections();
      await new Promise<void>((resolve) => {
        ingress.server.close(() => resolve());
      });
      await gateway.close();
    },
  };
}
