/**
 * `gradeway doctor`: every effective setting with where it comes from, without secrets, and checks of the surroundings.
 * It sends nothing over the network but to the database's server. It reads the database where there is one, and creates none.
 */
import { Command } from 'commander';
import { type Config, SETTINGS } from '../../config.ts';
import type { Setting } from '../../config/settings.ts';
import { assertMayListen, isLoopback } from '../../config/binding.ts';
import { evaluatorEnvironment } from '../../config/evaluator-environment.ts';
import { startEvaluators } from '../../evaluation/evaluators.ts';
import { type Check, checkDatabase, type DatabaseChecks } from '../check-database.ts';
import { columns } from '../columns.ts';
import { EXIT, endingOf } from '../exit-code.ts';
import { settingsHere, withStore } from './settings.ts';

const OLDEST_NODE = 24;

export function doctorCommand(): Command {
  return new Command('doctor')
    .description('print the effective settings and check the surroundings')
    .action(async () => {
      const config = settingsHere();
      process.stdout.write(`${settingsTable(config)}\n`);
      const database = await checkDatabase(config);
      const checks = [
        checkNode(),
        ...database.checks,
        ...(await checkKeys(config, database)),
        ...checkUpstreams(config),
      ];
      checks.push(...(await checkEvaluators(config)));
      process.stdout.write(columns(checks.map(({ result, message }) => [result, message])));
      process.exitCode = checks.find(({ result }) => result === 'wrong')?.exitCode ?? EXIT.ok;
    });
}

/** Setting, value, source; keys only as being there. */
export function settingsTable(config: Config): string {
  const rows = [
    ['SETTING', 'VALUE', 'FROM'],
    ['file', config.file ?? 'none', ''],
  ];
  for (const [name, { unit, shown: withoutSecret = String }] of Object.entries<Setting>(SETTINGS)) {
    const value = shown(valueOf(config, name), withoutSecret);
    rows.push([name, `${value} ${unit === 'count' ? '' : unit}`, config.sources.get(name)!]);
  }
  for (const [name, { url, provider, key }] of config.upstreams) {
    rows.push([`upstreams.${name}`, `${url} (${provider})`, config.sources.get(`upstreams.${name}.url`)!]);
    if (key !== undefined)
      rows.push([`upstreams.${name} key`, `set (from ${config.sources.get(`upstreams.${name}.key`)})`, '']);
  }
  for (const name of config.unconfigured) rows.push([`upstreams.${name}`, 'no URL yet', '']);
  return columns(rows);
}

function valueOf(config: Config, name: string): unknown {
  let value: unknown = config;
  for (const part of name.split('.')) value = (value as Record<string, unknown>)[part];
  return value;
}

function shown(value: unknown, withoutSecret: (value: string) => string): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(', ');
  return withoutSecret(String(value));
}

function checkNode(): Check {
  const major = Number(process.versions.node.split('.')[0]);
  if (major >= OLDEST_NODE) return { result: 'ok', message: `Node ${process.versions.node}` };
  const message = `Node ${process.versions.node} is too old: ${OLDEST_NODE} or later is needed`;
  return { result: 'wrong', message, exitCode: EXIT.usage };
}

async function checkKeys(config: Config, { state }: DatabaseChecks): Promise<Check[]> {
  if (state === 'unusable') return [];
  try {
    const rows = state === 'there' ? await withStore(config, (store) => store.keys.list()) : [];
    const valid = rows.filter(({ revokedAtMs }) => revokedAtMs === null).length;
    const keys: Check =
      rows.length === 0
        ? { result: 'ok', message: 'no keys: whoever is on this machine may call' }
        : valid === 0
          ? {
              result: 'warning',
              message: 'all keys are revoked: every call is refused. gradeway keys create makes one',
            }
          : { result: 'ok', message: `${valid} of ${rows.length} keys are valid: every call needs one` };
    assertMayListen(config.server.host, rows.length > 0);
    const reach = isLoopback(config.server.host) ? 'from this machine only' : 'from elsewhere, with a key';
    return [keys, { result: 'ok', message: `${config.server.host} can be reached ${reach}` }];
  } catch (error) {
    const { exitCode, message } = endingOf(error);
    return [{ result: 'wrong', message: message.replaceAll('\n', ' '), exitCode }];
  }
}

function checkUpstreams(config: Config): Check[] {
  const open = [...config.upstreams.values()].filter(
    ({ url, key }) =>
      key !== undefined && url.startsWith('http:') && !isLoopback(new URL(url).hostname.replaceAll(/[[\]]/g, '')),
  );
  return open.map(({ name }) => ({
    result: 'warning',
    message: `the key of upstream ${name} goes over the network unencrypted, because its URL starts with http://`,
  }));
}

async function checkEvaluators(config: Config): Promise<Check[]> {
  const { folder, environment: names } = config.evaluators;
  const environment = evaluatorEnvironment(names, process.env);
  try {
    const evaluators = await startEvaluators({ folder, environment, watch: false });
    const loaded = evaluators.list.map(({ name }) => name).join(', ');
    const checks: Check[] = [{ result: 'ok', message: `evaluators: ${loaded === '' ? 'none' : loaded}` }];
    for (const { file, message } of evaluators.problems)
      checks.push({ result: 'warning', message: `evaluator ${file} does not load: ${message.split('\n')[0]}` });
    await evaluators.close();
    return checks;
  } catch (error) {
    const { exitCode, message } = endingOf(error);
    return [{ result: 'wrong', message: message.replaceAll('\n', ' '), exitCode }];
  }
}
