/**
 * From the environment and gradeway.yaml to one checked Config. A default is overridden by the file, the file by the
 * environment; an empty variable counts as not set. Everything that is wrong is reported at once, each with its place.
 * The settings themselves stand in config/settings.ts.
 */
import { existsSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type ConfiguredAlert, readAlerts } from './config/alerts.ts';
import { type Located, type SettingsFile, readSettingsFile } from './config/file.ts';
import { readGuardrails } from './config/guardrails.ts';
import type { Guardrail } from './model/guardrail.ts';
import { nearest } from './model/nearest.ts';
import type { ConfiguredDefinition } from './model/definition.ts';
import type { RuleSpec } from './model/rule.ts';
import { type Problem, quoted, settingsError } from './config/problem.ts';
import { CONFIG_VARIABLE, SETTINGS, type Setting, type SettingName, type Values } from './config/settings.ts';
import { readDefinitions } from './config/definitions.ts';
import { readRules } from './config/rules.ts';
import { type Upstream, isUpstreamVariable, readUpstreams } from './config/upstreams.ts';

export { SETTINGS };
export type { Upstream };

/** Those that come with Gradeway, for who starts it in a folder that has none. */
const OWN_EVALUATORS = join(import.meta.dirname, '../evaluators');

type Section<Prefix extends string> = {
  [Name in SettingName as Name extends `${Prefix}.${infer Leaf}` ? Leaf : never]: Values[Name];
};

export interface Config {
  /** The settings file that was read. */
  file: string | undefined;
  server: Section<'server'>;
  database: Section<'database'>;
  evaluators: Section<'evaluators'>;
  durability: Values['durability'];
  upstreams: Map<string, Upstream>;
  /** Ready-made upstreams that have no URL yet. */
  unconfigured: Set<string>;
  /** Undefined where the file defines none, nor says so. */
  definitions: ConfiguredDefinition[] | undefined;
  rules: RuleSpec[];
  alerts: ConfiguredAlert[];
  targetUrl: Section<'targetUrl'>;
  webhooks: Section<'webhooks'>;
  alertChecks: Section<'alertChecks'>;
  retention: Section<'retention'>;
  redaction: Section<'redaction'>;
  guardrails: Guardrail[];
  limits: Section<'limits'>;
  timeouts: Section<'timeouts'>;
  logLevel: Values['logLevel'];
  /** Name of a setting -> where its value comes from: `default`, a variable, or file, line and column. */
  sources: Map<string, string>;
}

export interface ConfigSources {
  env: Readonly<Record<string, string | undefined>>;
  /** Folder that relative paths and ./gradeway.yaml start from. */
  cwd: string;
}

/**
 * Reads every setting. Throws `invalid_setting` with all problems in its message; no message repeats a key.
 * The database's URL and the evaluators' folder come out absolute.
 */
export function loadConfig({ env, cwd }: ConfigSources): Config {
  const problems: Problem[] = [];
  const path = findFile(env, cwd, problems);
  const file: SettingsFile =
    path === undefined ? { values: new Map(), upstreams: new Map() } : readSettingsFile(path, problems);
  const sources = new Map<string, string>();
  const values = Object.fromEntries(
    Object.keys(SETTINGS).map((name) => [name, readSetting(name as SettingName, file, env, sources, problems)]),
  ) as Values;
  const upstreams = readUpstreams(file, env, problems);
  const definitions = readDefinitions(file, problems);
  const rules = readRules(file, problems);
  const alerts = readAlerts(file, problems);
  const guardrails = readGuardrails(file, problems);
  checkVariables(env, file, values, problems);

  const folderOf = (name: SettingName): string =>
    file.values.has(name) && !fromVariable(name, env) ? dirname(path!) : cwd;
  values['database.url'] = absoluteDatabase(values['database.url'], folderOf('database.url'));
  values['evaluators.folder'] = resolve(folderOf('evaluators.folder'), values['evaluators.folder']);
  const evaluatorsFrom = sources.get('evaluators.folder')!;
  if (evaluatorsFrom === 'default' && !existsSync(values['evaluators.folder']))
    values['evaluators.folder'] = OWN_EVALUATORS;
  checkFolder(values['evaluators.folder'], evaluatorsFrom, problems);
  if (problems.length > 0) throw settingsError(problems);

  return {
    file: path,
    server: section(values, 'server'),
    database: section(values, 'database'),
    evaluators: section(values, 'evaluators'),
    durability: values.durability,
    upstreams: upstreams.upstreams,
    unconfigured: upstreams.unconfigured,
    definitions,
    rules,
    alerts,
    targetUrl: section(values, 'targetUrl'),
    webhooks: section(values, 'webhooks'),
    alertChecks: section(values, 'alertChecks'),
    retention: section(values, 'retention'),
    redaction: section(values, 'redaction'),
    guardrails,
    limits: section(values, 'limits'),
    timeouts: section(values, 'timeouts'),
    logLevel: values.logLevel,
    sources: new Map([...sources, ...upstreams.sources]),
  };
}

function findFile(env: ConfigSources['env'], cwd: string, problems: Problem[]): string | undefined {
  const named = env[CONFIG_VARIABLE];
  const path = resolve(cwd, named || 'gradeway.yaml');
  if (existsSync(path)) return path;
  if (named)
    problems.push({
      at: CONFIG_VARIABLE,
      message: `there is no file ${quoted(path)}. Create it, or remove the variable.`,
    });
  else if (existsSync(join(cwd, 'gradeway.yml')))
    problems.push({ at: 'gradeway.yml', message: 'the file is not read under this name. Rename it to gradeway.yaml.' });
  return undefined;
}

function readSetting(
  name: SettingName,
  file: SettingsFile,
  env: ConfigSources['env'],
  sources: Map<string, string>,
  problems: Problem[],
): unknown {
  const { schema, environment, shown, default: standard }: Setting = SETTINGS[name];
  const variable = fromVariable(name, env);
  const inFile = file.values.get(name);
  const given: Located | undefined =
    variable === undefined ? inFile : { value: variable, at: environment!, atEntry: () => environment! };
  sources.set(name, given?.at ?? 'default');
  if (given === undefined) return structuredClone(standard);
  // A variable is always text; where the setting is a number, digits are one.
  const isNumber = typeof standard === 'number' && variable !== undefined && /^-?\d+$/.test(variable);
  const parsed = schema.safeParse(isNumber ? Number(variable) : given.value);
  if (parsed.success) return parsed.data;
  for (const { path, message } of parsed.error.issues) {
    const [index] = path;
    const entry = typeof index === 'number';
    const value = entry ? (given.value as unknown[])[index] : given.value;
    const which = variable === undefined ? `${name}${entry ? `[${index}]` : ''} ` : '';
    const standing = Array.isArray(standard) ? '' : ` The default is ${String(standard)}.`;
    problems.push({
      at: entry ? given.atEntry(index) : given.at,
      message: `${which}${quoted(shown && typeof value === 'string' ? shown(value) : value)} ${message}.${standing}`,
    });
  }
  return structuredClone(standard);
}

function fromVariable(name: SettingName, env: ConfigSources['env']): string | undefined {
  const { environment }: Setting = SETTINGS[name];
  return environment === undefined ? undefined : env[environment] || undefined;
}

/** Refuses variables that start like ours and are none of ours: a typo would silently leave a default in place. */
function checkVariables(env: ConfigSources['env'], file: SettingsFile, values: Values, problems: Problem[]): void {
  const known = new Set<string>([CONFIG_VARIABLE, ...values['evaluators.environment']]);
  for (const one of Object.values<Setting>(SETTINGS)) if (one.environment) known.add(one.environment);
  // Apart from those that a message may name: somebody may have written a key there.
  const keys = new Set([...file.upstreams.values()].map(({ fields }) => fields.get('keyFrom')?.value));
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith('GRADEWAY_') || known.has(variable) || keys.has(variable)) continue;
    if (isUpstreamVariable(variable)) continue;
    const meant = nearest(
      variable,
      [...known].filter((one) => one.startsWith('GRADEWAY_')),
    );
    const hint = meant === undefined ? 'Remove it.' : `Did you mean ${meant}?`;
    problems.push({ at: variable, message: `there is no such setting. ${hint}` });
  }
}

function absoluteDatabase(url: string, folder: string): string {
  return url.startsWith('sqlite:') ? `sqlite:${resolve(folder, url.slice('sqlite:'.length))}` : url;
}

function checkFolder(folder: string, source: string, problems: Problem[]): void {
  if (!existsSync(folder))
    problems.push({ at: source, message: `there is no folder ${quoted(folder)}. Create it, or give another one.` });
  else if (!statSync(folder).isDirectory())
    problems.push({ at: source, message: `${quoted(folder)} is a file. Give the folder that the evaluators are in.` });
}

function section<Prefix extends string>(values: Values, prefix: Prefix): Section<Prefix> {
  const entries = Object.entries(values).filter(([name]) => name.startsWith(`${prefix}.`));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length + 1), value])) as Section<Prefix>;
}
