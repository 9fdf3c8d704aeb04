/**
 * Every setting in one table: where it stands in gradeway.yaml, its environment variable, its default, its unit and what
 * it means. Upstreams, whose names are free, are read by upstreams.ts. The table is also what `gradeway doctor` and the
 * README show.
 */
import { z } from 'zod';
import { databaseUrl, shownDatabase } from './database-url.ts';
import { isNetwork } from '../webhooks/address-policy.ts';
import { LOG_LEVELS, type LogLevel } from '../diagnostics.ts';
import {
  bytes,
  flag,
  host,
  listOf,
  MIB,
  milliseconds,
  oneOf,
  setting,
  text,
  VARIABLE,
  wholeNumber,
  type Setting,
} from './setting.ts';

export type { Setting };

export const SETTINGS = {
  'server.host': setting({
    schema: host,
    default: '127.0.0.1',
    environment: 'GRADEWAY_HOST',
    unit: '',
    meaning: 'Address to listen on. Anything but loopback needs a key to exist first.',
  }),
  'server.port': setting({
    schema: wholeNumber(0, 65535),
    default: 8787,
    environment: 'GRADEWAY_PORT',
    unit: '',
    meaning: 'Port to listen on; 0 takes a free one.',
  }),
  'server.allowedHosts': setting<string[]>({
    schema: listOf(host, 'is not a list of host names'),
    default: [],
    unit: '',
    meaning: 'Names, besides loopback and server.host, that a Host header may carry (protects from DNS rebinding).',
  }),
  'server.publicUrl': setting({
    schema: z.string({ error: 'is not a URL' }).regex(/^$|^https?:\/\/[^\s/?#@]{1,255}(\/[^\s?#]{0,1000})?$/, {
      error: 'is not a URL. Give one without a query, as in https://gradeway.example.com',
    }),
    default: '',
    environment: 'GRADEWAY_PUBLIC_URL',
    unit: '',
    meaning: 'Where others reach this gateway, for addresses in webhooks. Without it, where it listens.',
  }),
  'database.url': setting({
    schema: databaseUrl,
    default: 'sqlite:./data/gradeway.db',
    environment: 'GRADEWAY_DATABASE_URL',
    unit: '',
    meaning:
      'Where logs, jobs, scores and keys are kept: sqlite: and a file, or postgres://. In the file, a relative path starts at the file.',
    shown: shownDatabase,
  }),
  'database.poolSize': setting({
    schema: wholeNumber(4, 1000),
    default: 10,
    environment: 'GRADEWAY_DATABASE_POOL_SIZE',
    unit: 'count',
    meaning: 'Connections to PostgreSQL that this process holds at most. SQLite has no use for it.',
  }),
  'evaluators.folder': setting({
    schema: text('is not the path of a folder'),
    default: './evaluators',
    environment: 'GRADEWAY_EVALUATORS',
    unit: '',
    meaning:
      'Folder whose files are the evaluators; those that come with Gradeway where the default does not exist. In the file, a relative path starts at the file.',
  }),
  'evaluators.environment': setting<string[]>({
    schema: listOf(
      z
        .string({ error: 'is not the name of an environment variable' })
        .regex(VARIABLE, { error: 'is not the name of an environment variable' }),
      'is not a list of names of environment variables',
    ),
    default: [],
    unit: '',
    meaning: 'Environment variables that evaluators see; they see no others.',
  }),
  durability: setting<'durable' | 'fast'>({
    schema: oneOf(['durable', 'fast']),
    default: 'durable',
    environment: 'GRADEWAY_DURABILITY',
    unit: '',
    meaning:
      'durable: a client sees the end of an answer only when its log is on disk. fast: it does not wait; a crash may lose the logs of the last moments.',
  }),
  'targetUrl.enabled': setting({
    schema: flag,
    default: false,
    unit: '',
    meaning: 'Whether Helicone-Target-URL may choose the upstream.',
  }),
  'targetUrl.allowedHosts': setting<string[]>({
    schema: listOf(
      z.string({ error: 'is not a host name' }).regex(/^(\*\.)?[A-Za-z0-9_.-]{1,255}(:\d{1,5})?$/, {
        error: 'is not a host name. Give api.example.com, api.example.com:8443 or *.example.com',
      }),
      'is not a list of host names',
    ),
    default: [],
    unit: '',
    meaning: 'Hosts that Helicone-Target-URL may name; *.example.com allows what is below it.',
  }),
  'webhooks.allowedNetworks': setting<string[]>({
    schema: listOf(
      z.string({ error: 'is not a network' }).refine(isNetwork, {
        error: 'is not a network. Give one like 10.1.0.0/16 or fd00::/8',
      }),
      'is not a list of networks',
    ),
    default: [],
    unit: '',
    meaning:
      'Networks besides the public internet that webhooks may lead to, also without TLS. Loopback is one where server.host is loopback.',
  }),
  'webhooks.timeoutMs': setting({
    schema: wholeNumber(100, 30_000),
    default: 10_000,
    unit: 'ms',
    meaning: 'For the receiver of a webhook to answer.',
  }),
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
  logLevel: setting<LogLevel>({
    schema: oneOf(LOG_LEVELS),
    default: 'info',
    environment: 'GRADEWAY_LOG_LEVEL',
    unit: '',
    meaning:
      'How much the process writes about itself, on standard error: fatal, error, warn, info, debug, trace, silent.',
  }),
} as const;

export type SettingName = keyof typeof SETTINGS;
export type Values = { [Name in SettingName]: (typeof SETTINGS)[Name]['default'] };

/** The variable that names the file itself. */
export const CONFIG_VARIABLE = 'GRADEWAY_CONFIG';
