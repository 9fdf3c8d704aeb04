/** The settings of what calls may take: sizes and numbers (`limits`), times (`timeouts`). All others: settings.ts. */
import { bytes, MIB, milliseconds, setting, wholeNumber } from './setting.ts';

export const LIMIT_SETTINGS = {
  // Bodies are streamed and never held, so this bound protects upstreams and disks, not memory: it is set well above the
  // largest things that clients really send (batch files and audio of 100 MB and more), not as low as an API's would be.
  'limits.requestBodyBytes': setting({
    schema: bytes(1024),
    default: 256 * MIB,
    unit: 'bytes',
    meaning: 'Largest request body that is passed on; more is answered with 413.',
  }),
  'limits.captureRequestBytes': setting({
    schema: bytes(0),
    default: 4 * MIB,
    unit: 'bytes',
    meaning: 'How much of a request body is logged; the rest is passed on and only hashed.',
  }),
  'limits.captureResponseBytes': setting({
    schema: bytes(0),
    default: 4 * MIB,
    unit: 'bytes',
    meaning: 'How much of a response body is logged; the rest is passed on and only hashed.',
  }),
  // Held back in memory for each call that a guardrail looks at, and handed to it as one piece.
  'limits.guardrailBytes': setting({
    schema: wholeNumber(1024, 16 * MIB),
    default: 4 * MIB,
    unit: 'bytes',
    meaning:
      'Largest request or answer that guardrails look at; what is larger passes, or is refused by one that is closed.',
  }),
  'limits.headerBytes': setting({
    schema: wholeNumber(1024, MIB),
    default: 32 * 1024,
    unit: 'bytes',
    meaning: 'Size of all headers of a request; more is answered with 431.',
  }),
  'limits.headerCount': setting({
    schema: wholeNumber(16, 100_000),
    default: 2000,
    unit: 'count',
    meaning: 'Headers of a request; more is answered with 431.',
  }),
  'limits.connections': setting({
    schema: wholeNumber(1, 1_000_000),
    default: 10_000,
    unit: 'count',
    meaning: 'Client connections open at once; more are closed at once.',
  }),
  'limits.spoolBytes': setting({
    schema: bytes(MIB),
    default: 1024 * MIB,
    unit: 'bytes',
    meaning:
      'Size of the file that keeps logs while the store does not answer; beyond it logs are dropped and counted.',
  }),
  'limits.pendingBytes': setting({
    schema: bytes(MIB),
    default: 64 * MIB,
    unit: 'bytes',
    meaning: 'Captured bytes that may wait for the recorder in memory; beyond it fast waits as durable does.',
  }),
  'timeouts.connectMs': setting({
    schema: milliseconds(1),
    default: 10_000,
    unit: 'ms',
    meaning: 'To connect to an upstream.',
  }),
  // Reasoning models are silent for minutes before their first byte: a shorter default would cut them.
  'timeouts.headersMs': setting({
    schema: milliseconds(1),
    default: 600_000,
    unit: 'ms',
    meaning: "From the request being sent to the upstream's status line; 504 after it.",
  }),
  'timeouts.bodyMs': setting({
    schema: milliseconds(1),
    default: 600_000,
    unit: 'ms',
    meaning: "Longest silence within an upstream's answer.",
  }),
  'timeouts.clientHeadersMs': setting({
    schema: milliseconds(1),
    default: 15_000,
    unit: 'ms',
    meaning: "For a client's headers to arrive; 408 after it.",
  }),
  'timeouts.clientRequestMs': setting({
    schema: milliseconds(1),
    default: 120_000,
    unit: 'ms',
    meaning: "For a client's whole request to arrive; 408 after it.",
  }),
  // Load balancers commonly keep connections for 60 s; closing ours first would race with their next request.
  'timeouts.keepAliveMs': setting({
    schema: milliseconds(1),
    default: 65_000,
    unit: 'ms',
    meaning: 'How long an idle client connection stays open.',
  }),
  'timeouts.drainMs': setting({
    schema: milliseconds(0),
    default: 30_000,
    unit: 'ms',
    meaning: 'How long a shutdown waits for calls that are running.',
  }),
} as const;
