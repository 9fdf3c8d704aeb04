/**
 * What the process says of itself: its own output (pino, one JSON object a line) and its counters (prom-client).
 * No line and no label ever carries a body, a header or a credential; labels come from the configuration only, never
 * from a request, so that a client cannot make series without end. Who counts what is left to the counting parts.
 */
import { type DestinationStream, type Logger, pino } from 'pino';
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type { Logger };

/** Keys of ours and of the vendors, and anything that follows `Bearer`: struck out of every text that is written. */
const SECRETS = /\b(gw_|sk-|pk-|gsk_|xai-|AIza)[A-Za-z0-9_-]{8,}|\b(Bearer|Basic)\s+[^\s"',]+/gi;

/** Replaces whatever looks like a credential. */
export function withoutSecrets(text: string): string {
  return text.replaceAll(SECRETS, (_, prefix: string | undefined, scheme: string | undefined) =>
    prefix === undefined ? `${scheme} [secret]` : `${prefix}[secret]`,
  );
}

function standardError(): DestinationStream {
  const destination = pino.destination({ fd: 2, sync: true });
  // A full disk behind it or a reader that is gone loses lines, and nothing else.
  destination.on('error', () => {});
  return destination;
}

/**
 * The process's logger. It writes to standard error, synchronously: standard output stays free for what a command
 * answers, and the last line before a crash is never lost.
 */
export function createLogger(level: LogLevel, destination: DestinationStream = standardError()) {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { err: readableError, error: readableError },
      redact: {
        paths: [
          'key',
          'token',
          'authorization',
          'headers',
          'body',
          '*.key',
          '*.token',
          '*.authorization',
          '*.headers',
          '*.body',
        ],
        censor: '[secret]',
      },
      hooks: {
        logMethod(parts, method) {
          for (const [index, part] of parts.entries())
            if (typeof part === 'string') parts[index] = withoutSecrets(part) as never;
          method.apply(this, parts);
        },
      },
    },
    destination,
  ) satisfies Logger;
}

/**
 * An error as it is written: name, code, message, stack and causes. pino's own serializer copies every property, and
 * errors of HTTP clients carry headers and bodies.
 */
function readableError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return typeof error === 'string' ? withoutSecrets(error) : typeof error;
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    message: withoutSecrets(error.message),
    stack: withoutSecrets(error.stack ?? ''),
    ...(error.cause === undefined || depth > 4 ? {} : { cause: readableError(error.cause, depth + 1) }),
  };
}

/** All counters, one field each. Seconds, as Prometheus has it; everything of ours starts with `gradeway_`. */
export type Metrics = ReturnType<typeof createMetrics>;

/**
 * A fresh registry with every counter of ours and those of the process (memory, event loop, garbage collection).
 * One per process; tests make their own. `processMetrics: false` leaves the process's out.
 */
export function createMetrics(options: { processMetrics?: boolean } = {}) {
  const registry = new Registry();
  const registers = [registry];
  if (options.processMetrics ?? true) collectDefaultMetrics({ register: registry });
  return {
    registry,
    /** By upstream, class of status (`2xx`; `none` where the client saw none) and how the call ended. */
    proxiedCalls: new Counter({
      name: 'gradeway_proxied_calls_total',
      help: 'Proxied calls that are over, by upstream, class of status and ending.',
      labelNames: ['upstream', 'status_class', 'ending'],
      registers,
    }),
    callsInFlight: new Gauge({
      name: 'gradeway_calls_in_flight',
      help: 'Proxied calls that are running now.',
      registers,
    }),
    logCommitSeconds: new Histogram({
      name: 'gradeway_log_commit_seconds',
      help: 'From handing a call to the recorder to its log being on disk.',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    spooledLogs: new Gauge({
      name: 'gradeway_spooled_logs',
      help: 'Logs in the spool file, waiting for the store.',
      registers,
    }),
    spoolBytes: new Gauge({ name: 'gradeway_spool_bytes', help: 'Size of the spool file.', registers }),
    /** By reason, such as `spool_full`. */
    droppedLogs: new Counter({
      name: 'gradeway_dropped_logs_total',
      help: 'Logs that were lost, by reason.',
      labelNames: ['reason'],
      registers,
    }),
    /** By state: `pending`, `leased`, `dead`. */
    jobs: new Gauge({ name: 'gradeway_jobs', help: 'Evaluation jobs by state.', labelNames: ['state'], registers }),
    oldestPendingJobSeconds: new Gauge({
      name: 'gradeway_oldest_pending_job_age_seconds',
      help: 'How long the oldest due job has been waiting; 0 where none waits.',
      registers,
    }),
    evaluations: new Counter({
      name: 'gradeway_evaluations_total',
      help: 'Evaluations that are over, by evaluator and outcome.',
      labelNames: ['evaluator', 'outcome'],
      registers,
    }),
    /** By verdict: `passed`, `blocked`, `undecided`; whatever its action is. */
    guardrailVerdicts: new Counter({
      name: 'gradeway_guardrail_verdicts_total',
      help: 'Looks of guardrails at calls under way, by guardrail and verdict.',
      labelNames: ['guardrail', 'verdict'],
      registers,
    }),
    guardrailSeconds: new Histogram({
      name: 'gradeway_guardrail_seconds',
      help: 'How long calls were held back for the guardrails of one side.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10],
      registers,
    }),
    fencedCompletions: new Counter({
      name: 'gradeway_fenced_completions_total',
      help: 'Evaluations whose lease was lost before they were committed; somebody else did them.',
      registers,
    }),
    /** By outcome of the try: `delivered`, `failed` (comes again), `dead`. */
    webhookAttempts: new Counter({
      name: 'gradeway_webhook_attempts_total',
      help: 'Tries to deliver to webhooks, by what came of them.',
      labelNames: ['outcome'],
      registers,
    }),
    scoresAttached: new Counter({
      name: 'gradeway_scores_attached_total',
      help: 'Kept scores whose log came.',
      registers,
    }),
    scoresKept: new Counter({
      name: 'gradeway_scores_kept_total',
      help: 'Scores posted for a log that was not there yet, kept for it.',
      registers,
    }),
    ignoredDirectives: new Counter({
      name: 'gradeway_calls_with_ignored_directives_total',
      help: 'Calls that asked for known Helicone directives which are not served.',
      registers,
    }),
    /** By where: `proxy` or `api`. */
    authFailures: new Counter({
      name: 'gradeway_auth_failures_total',
      help: 'Calls without a valid key, or with one that lacks the scope.',
      labelNames: ['surface'],
      registers,
    }),
  };
}

/** The label for a status: `2xx`; `none` where there was no status. */
export function statusClass(status: number | undefined): string {
  return status === undefined ? 'none' : `${Math.floor(status / 100)}xx`;
}
