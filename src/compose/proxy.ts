/** The proxy as this process has it: what it is told by the settings, and whom it reports to. Who is let in is given. */
import type { Config } from '../config.ts';
import { type Logger, type Metrics, statusClass } from '../diagnostics.ts';
import type { CallModel } from '../evaluation/model-call.ts';
import { createGateway, type Gateway, type GatewayOptions } from '../gateway/gateway.ts';
import type { Exchange } from '../model/exchange.ts';
import type { Recorder, RecorderState } from '../recording/recorder.ts';
import { logStatus } from './recorder-state.ts';
import { withOwnNetworks } from './webhooks.ts';

export interface ProxyParts {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  recorder: Recorder;
  state: () => RecorderState | undefined;
}

export type Entry = Pick<GatewayOptions, 'authenticate' | 'allowedHosts' | 'guardrails'>;

/** Where nothing listens, only Gradeway's own calls pass. */
export const NOBODY: Entry = { authenticate: () => undefined, allowedHosts: undefined };

/** Property that names the judge on the log of its call. */
const JUDGE = 'judge';

export function createProxy({ config, logger, metrics, recorder, state }: ProxyParts, entry: Entry): Gateway {
  const record = (exchange: Exchange): Promise<void> => {
    const { upstream, status, ending } = exchange;
    // Hosts that Helicone-Target-URL names come from requests: they share one label.
    const label = config.upstreams.has(upstream) ? upstream : 'other';
    metrics.proxiedCalls.inc({ upstream: label, status_class: statusClass(status), ending });
    return recorder.record(exchange);
  };
  return createGateway({
    upstreams: config.upstreams,
    unconfigured: config.unconfigured,
    defaultUpstream: 'openai',
    targetUrl: withOwnNetworks(config.targetUrl, config.server),
    withholds: () => config.durability === 'durable' || recorder.isBehind,
    ignored: () => metrics.ignoredDirectives.inc(),
    limits: config.limits,
    timeouts: config.timeouts,
    ...entry,
    record,
    started: (exchange) => recorder.started(exchange),
    logStatus: () => logStatus(state()),
    report: ({ code, id, cause }) => {
      if (code === 'unauthorized' || code === 'forbidden') metrics.authFailures.inc({ surface: 'proxy' });
      logger.info({ code, id, err: cause }, 'a call was not proxied to its end');
    },
  });
}

/** Calls for judges and runs, by the proxy: to upstreams of the configuration and no other host, with their stored keys. */
export function modelCaller(gateway: Gateway): CallModel {
  return ({ logId, evaluator, properties, upstream, path, ...call }) =>
    gateway.call({
      ...call,
      id: logId,
      path: `/${upstream}${path}`,
      properties: { ...properties, ...(evaluator === undefined ? {} : { [JUDGE]: evaluator }) },
    });
}
