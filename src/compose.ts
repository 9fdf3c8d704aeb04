/**
 * The only file that names the concrete parts and wires them: store, recorder, evaluation, proxy, API. What a part does
 * stands in the part. Roles: `serve` is everything, `gateway` proxies and answers without evaluating, `work` evaluates
 * without listening.
 */
import { createApi } from './api/app.ts';
import { KeyRing } from './api/auth.ts';
import { startAlerts } from './compose/alerts.ts';
import { allOpen, type Closer } from './compose/all-open.ts';
import { evaluationParts } from './compose/definitions.ts';
import { Evaluation } from './compose/evaluation.ts';
import { createHealth } from './compose/health.ts';
import { guardrailFaults, startGuardrails } from './compose/inline-guardrails.ts';
import { createProxy, modelCaller, NOBODY } from './compose/proxy.ts';
import { noteState } from './compose/recorder-state.ts';
import { startRetention } from './compose/retention.ts';
import { type Secrets, secretsOf } from './compose/secrets.ts';
import { startWatches, type Watches } from './compose/watches.ts';
import { publicUrlOf, webhookParts, withOwnNetworks } from './compose/webhooks.ts';
import type { Config } from './config.ts';
import { acceptedHosts, assertMayListen } from './config/binding.ts';
import { providersOf } from './config/upstreams.ts';
import { evaluatorEnvironment } from './config/evaluator-environment.ts';
import { createLogger, createMetrics, type Logger, type Metrics } from './diagnostics.ts';
import type { Problem } from './evaluation/evaluators.ts';
import { readDirectives } from './gateway/directives.ts';
import type { Gateway } from './gateway/gateway.ts';
import { LOGGED_RESPONSE_HEADERS } from './gateway/headers.ts';
import { createIngress, type Ingress } from './gateway/ingress.ts';
import type { Evaluator } from './model/evaluator.ts';
import { newId } from './model/id.ts';
import { TEXT_READER } from './providers/text-reader.ts';
import { prepareRedaction } from './recording/redaction/redaction.ts';
import { Recorder, type RecorderState } from './recording/recorder.ts';
import { openThreads, parseDatabaseUrl } from './store/open.ts';
import type { Store } from './store/store.ts';

export type Role = 'serve' | 'gateway' | 'work';

export interface Gradeway {
  /** Where it listens; undefined for the role `work`. */
  url: string | undefined;
  evaluators: Evaluator[];
  problems: Problem[];
  /** For whoever started it and works beside it. */
  store: Store;
  /** Rejects when a part died that cannot be replaced: the process shall end. */
  fault: Promise<never>;
  /** Stops accepting, finishes what runs within `timeouts.drainMs`, commits everything, closes the database. */
  close(): Promise<void>;
}

export interface StartOptions {
  role: Role;
  logger?: Logger;
}

/** Share of the drain time that evaluations may take to finish; jobs not done by then are given back. */
const GRACE_SHARE = 0.5;
const SPOOL_MEMORY_BYTES = 64 << 20;

/** Starts all parts of a role. Rejects with `store_unusable`, `invalid_evaluator` or `invalid_setting`; nothing stays open then. */
export async function startGradeway(config: Config, options: StartOptions): Promise<Gradeway> {
  const logger = options.logger ?? createLogger(config.logLevel);
  const metrics = createMetrics();
  const { promise: fault, reject: fail } = Promise.withResolvers<never>();
  fault.catch(() => {});
  const closers: Closer[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    let state: RecorderState | undefined;
    const { allowedNetworks } = withOwnNetworks(config.webhooks, config.server);
    const jobsListeners = [(): void => evaluation.wake()];
    const replica = newId();
    const location = parseDatabaseUrl(config.database.url, process.cwd(), config.database.poolSize);
    const recording = Recorder.start({
      location,
      replica,
      spoolFileBytes: config.limits.spoolBytes,
      spoolMemoryBytes: SPOOL_MEMORY_BYTES,
      redaction: config.redaction,
      durability: config.durability,
      pendingBytes: config.limits.pendingBytes,
      onState: (next) => {
        noteState(state, next, logger, metrics);
        state = next;
      },
      onJobs: () => jobsListeners.forEach((listener) => listener()),
      onFault: fail,
      onCommit: (_logs, tookMs) => metrics.logCommitSeconds.observe(tookMs / 1000),
    });
    // The parts start together, and any of them may have something for the recorder before it is there.
    const whenRecording = (work: (recorder: Recorder) => void): void => void recording.then(work).catch(() => {});
    const evaluating = Evaluation.start({
      folder: config.evaluators.folder,
      environment: evaluatorEnvironment(config.evaluators.environment, process.env),
      upstreams: providersOf(config.upstreams),
      replica,
      allowedNetworks,
      onChange: (evaluators, problems) => {
        whenRecording((one) => one.useEvaluators(evaluators));
        logger.info({ evaluators: evaluators.map(({ name }) => name), problems }, 'evaluators were loaded again');
        const faults = guardrailFaults(config.guardrails, evaluators, problems);
        if (faults.length > 0) logger.error({ faults }, 'guardrails cannot look at calls any more');
      },
      onEnded: (ended, fenced) => {
        metrics.fencedCompletions.inc(fenced);
        for (const [evaluator, outcome, count] of ended) metrics.evaluations.inc({ evaluator, outcome }, count);
      },
      onTried: (outcome, count) => metrics.webhookAttempts.inc({ outcome }, count),
      onTrouble: (step, message) => logger.warn({ step }, `evaluation goes on after a failure: ${message}`),
      onFault: fail,
    });
    const opening = openThreads(
      location,
      {
        serveWriter: (port) => whenRecording((one) => one.serve(port)),
        finishCheckpoint: () => whenRecording((one) => one.finishCheckpoint()),
      },
      { textReader: TEXT_READER, keepsWords: options.role !== 'work' },
    );
    // In this order they are closed from last to first: evaluation still has to commit when it ends.
    const [recorder, threads, evaluation] = await allOpen(closers, [
      [recording, (one) => one.close()],
      [opening, (one) => one.close()],
      [evaluating, (one) => one.close(config.timeouts.drainMs * GRACE_SHARE)],
    ]);
    const { store } = threads;
    const watches = await startWatches({ store, recorder, evaluation, config, logger });
    closers.push(() => watches.close());
    await recorder.recover(evaluation.evaluators);
    closers.push(startRetention({ store, settings: config.retention, holder: replica, logger }));

    const secrets = await secretsOf(store);
    const parts: Parts = {
      config,
      logger,
      metrics,
      store,
      recorder,
      evaluation,
      watches,
      secrets,
      onJobs: (listener) => void jobsListeners.push(listener),
      state: () => state,
    };
    const listening = options.role === 'work' ? work(parts, closers) : await listen(parts, closers);
    const publicUrl = publicUrlOf(config, listening);
    if (options.role !== 'gateway') {
      evaluation.consume(
        { writer: (port) => recorder.serve(port), reader: (port) => threads.serveReader(port) },
        { allowedNetworks, timeoutMs: config.webhooks.timeoutMs, publicUrl, ...secrets },
      );
      const wake = (): void => evaluation.wake();
      closers.push(await startAlerts({ store, config, holder: replica, publicUrl, wake, logger }));
    }
    return {
      url: listening,
      evaluators: evaluation.evaluators,
      problems: evaluation.problems,
      store,
      fault,
      close: closeAll,
    };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

interface Parts {
  config: Config;
  logger: Logger;
  metrics: Metrics;
  store: Store;
  recorder: Recorder;
  evaluation: Evaluation;
  watches: Watches;
  secrets: Secrets;
  onJobs: (listener: () => void) => void;
  state: () => RecorderState | undefined;
}

/** The proxy alone: judges call their models through it. */
function work(parts: Parts, closers: Closer[]): undefined {
  const gateway = createProxy(parts, NOBODY);
  closers.push(() => gateway.close());
  parts.evaluation.useModels(modelCaller(gateway));
}

/** Proxy, API and the server before them. Where it listens. */
async function listen(parts: Parts, closers: Closer[]): Promise<string> {
  const { config, logger, metrics, store, recorder } = parts;
  const keys = await KeyRing.open({ keys: store.keys, logger });
  closers.push(() => keys.close());
  assertMayListen(config.server.host, keys.required());
  const allowedHosts = acceptedHosts(config.server, keys.required());
  const guardrails = await startGuardrails(config.guardrails, parts);
  const gateway = createProxy(parts, { authenticate: (token) => keys.authenticate(token), allowedHosts, guardrails });
  // Before anything listens: a guardrail may be a judge.
  parts.evaluation.useModels(modelCaller(gateway));
  const webhooks = webhookParts(config, { watch: parts.watches.webhooks, wake: () => parts.evaluation.wake() });
  closers.push(() => webhooks.close());
  const ending = new AbortController();
  const redaction = prepareRedaction(config.redaction);
  const api = createApi({
    store,
    evaluators: () => parts.evaluation.evaluators,
    evaluation: evaluationParts(parts.evaluation, parts.watches.definitions),
    rules: { configured: () => parts.watches.rules.configured, changed: () => parts.watches.rules.refresh() },
    upstreams: providersOf(config.upstreams),
    webhooks,
    ending: ending.signal,
    retention: config.retention,
    redact: (text) => redaction?.text(text) ?? text,
    ...parts.secrets,
    onJobs: parts.onJobs,
    authenticate: (token) => keys.authenticate(token),
    holderOf: (keyId) => keys.holderOf(keyId),
    record: (exchange) => recorder.record(exchange),
    readDirectives,
    loggedResponseHeaders: LOGGED_RESPONSE_HEADERS,
    health: createHealth({ store, state: parts.state, evaluation: parts.evaluation, metrics, logger }),
    metrics,
    logger,
  });
  const ingress = createIngress({ gateway, api, limits: config.limits, timeouts: config.timeouts, allowedHosts });
  const gauge = setInterval(() => metrics.callsInFlight.set(gateway.inFlight()), 1000).unref();
  closers.push(() => clearInterval(gauge));
  closers.push(() => stop(gateway, ingress, ending));
  const { host, port } = await ingress.listen(config.server.host, config.server.port);
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function stop(gateway: Gateway, ingress: Ingress, ending: AbortController): Promise<void> {
  const drained = ingress.drain();
  ending.abort();
  await drained;
  await gateway.close();
}
