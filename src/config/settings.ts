/**
 * Every setting in one table: where it stands in gradeway.yaml, its environment variable, its default, its unit and what
 * it means. Upstreams, whose names are free, are read by upstreams.ts. The table is also what `gradeway doctor` and the
 * README show.
 */
import { z } from 'zod';
import { databaseUrl, shownDatabase } from './database-url.ts';
import { READY_MADE_NAMES, type ReadyMadeName } from '../recording/redaction/ready-made.ts';
import { problemOfPattern } from '../recording/redaction/rules.ts';
import { isNetwork } from '../outbound/address-policy.ts';
import { LOG_LEVELS, type LogLevel } from '../diagnostics.ts';
import { LIMIT_SETTINGS } from './limit-settings.ts';
import {
  flag,
  host,
  listOf,
  milliseconds,
  oneOf,
  MOST_DAYS,
  setting,
  text,
  VARIABLE,
  wholeNumber,
  type Setting,
} from './setting.ts';

export type { Setting };

const networks = listOf(
  z.string({ error: 'is not a network' }).refine(isNetwork, {
    error: 'is not a network. Give one like 10.1.0.0/16 or fd00::/8',
  }),
  'is not a list of networks',
);

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
    schema: wholeNumber(8, 1000),
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
  'targetUrl.allowedNetworks': setting<string[]>({
    schema: networks,
    default: [],
    unit: '',
    meaning:
      'Networks besides the public internet that these hosts may be in, also without TLS. Loopback is one where server.host is loopback.',
  }),
  'retention.bodyDays': setting({
    schema: wholeNumber(0, MOST_DAYS),
    default: 0,
    environment: 'GRADEWAY_RETENTION_BODY_DAYS',
    unit: 'days',
    meaning:
      'After so many days bodies are removed, and the rest of the log stays; 0 keeps them. A project can settle its own.',
  }),
  'retention.logDays': setting({
    schema: wholeNumber(0, MOST_DAYS),
    default: 0,
    environment: 'GRADEWAY_RETENTION_LOG_DAYS',
    unit: 'days',
    meaning:
      'After so many days logs are removed with everything derived from them; 0 keeps them. A project can settle its own.',
  }),
  'redaction.readyMade': setting<ReadyMadeName[]>({
    schema: z.array(oneOf(READY_MADE_NAMES), { error: 'is not a list of names of rules' }).max(100),
    default: [],
    unit: '',
    meaning: `What is struck out of logs before they are written: ${READY_MADE_NAMES.join(', ')}.`,
  }),
  'redaction.patterns': setting<string[]>({
    schema: listOf(
      z.string({ error: 'is not a pattern' }).superRefine((pattern, context) => {
        const problem = problemOfPattern(pattern);
        if (problem !== undefined) context.addIssue({ code: 'custom', message: `cannot be used: ${problem}` });
      }),
      'is not a list of patterns',
    ),
    default: [],
    unit: '',
    meaning: 'Patterns (of RE2, such as (?i)project \\w+) whose matches are struck out, too.',
  }),
  'webhooks.allowedNetworks': setting<string[]>({
    schema: networks,
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
  'alertChecks.everyMs': setting({
    schema: milliseconds(1000),
    default: 30_000,
    unit: 'ms',
    meaning: 'How often alerts are checked, by one of the processes that share the database.',
  }),
  ...LIMIT_SETTINGS,
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
