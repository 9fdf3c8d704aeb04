/**
 * `gradeway keys create|list|revoke`: who may call. A created key is printed once, alone on standard output so that a
 * script can take it; only its hash is stored. A running gateway knows of a change within two seconds.
 */
import { Command, InvalidArgumentError } from 'commander';
import { createKey } from '../../api/keys.ts';
import { nearest } from '../../model/nearest.ts';
import { GatewayError } from '../../errors.ts';
import { newId } from '../../model/id.ts';
import { SCOPES, type Scope } from '../../model/key.ts';
import { DEFAULT_PROJECT, type KeyRow } from '../../store/store.ts';
import { settingsHere, withStore } from './settings.ts';
import { columns } from '../columns.ts';
import { day } from '../shown.ts';

export function keysCommand(): Command {
  const keys = new Command('keys').description('create, list and revoke keys');
  keys
    .command('create')
    .description('create a key and print it, once')
    .requiredOption('--project <name>', 'project that everything sent with the key belongs to', label)
    .requiredOption('--scope <scopes>', `what it may do, with commas: ${SCOPES.join(', ')}`, scopes)
    .option('--name <name>', 'what it is for', label, '')
    .action(create);
  keys.command('list').description('list all keys, without the keys themselves').action(list);
  keys.command('revoke').description('end a key').argument('<id>', 'id of the key, from the list').action(revoke);
  return keys;
}

async function create(options: { project: string; scope: Scope[]; name: string }): Promise<void> {
  const { token, hash, last4 } = createKey();
  const { id } = await withStore(settingsHere(), (store) =>
    store.keys.create(
      {
        id: newId(),
        project: options.project,
        name: options.name,
        hash,
        last4,
        scopes: options.scope,
        createdAtMs: Date.now(),
      },
      projectIdFor(options.project),
    ),
  );
  process.stderr.write(
    `Key ${id} for project ${options.project} may: ${options.scope.join(', ')}. It is shown only this once:\n\n`,
  );
  process.stdout.write(`${token}\n`);
  process.stderr.write(
    '\nProxied calls send it as Helicone-Auth: Bearer <key>, calls of the API as Authorization: Bearer <key>.\n' +
      'From now on every call needs a key.\n',
  );
}

async function list(): Promise<void> {
  const rows = await withStore(settingsHere(), (store) => store.keys.list());
  if (rows.length === 0) {
    process.stdout.write('There are no keys: whoever reaches the gateway on this machine may do everything.\n');
    return;
  }
  const header = ['ID', 'PROJECT', 'NAME', 'ENDS IN', 'SCOPES', 'CREATED', 'LAST USED', 'REVOKED'];
  process.stdout.write(columns([header, ...rows.map(line)]));
}

async function revoke(id: string): Promise<void> {
  const left = await withStore(settingsHere(), async (store) => {
    if (!(await store.keys.revoke(id, Date.now())))
      throw new GatewayError('invalid_setting', {
        message: `There is no key ${JSON.stringify(id)} that is not revoked. gradeway keys list shows the ids.`,
      });
    return (await store.keys.list()).filter(({ revokedAtMs }) => revokedAtMs === null);
  });
  process.stdout.write(`Key ${id} is revoked; a running gateway refuses it within two seconds.\n`);
  if (left.length === 0) process.stdout.write('No key is left, and every call still needs one.\n');
}

/** What was logged before there were keys belongs to the project `default`, whose id is fixed. */
function projectIdFor(name: string): string {
  return name === DEFAULT_PROJECT.name ? DEFAULT_PROJECT.id : newId();
}

function line({ id, project, name, last4, scopes: may, createdAtMs, lastUsedAtMs, revokedAtMs }: KeyRow): string[] {
  const times = [createdAtMs, lastUsedAtMs, revokedAtMs].map((atMs) => (atMs === null ? '' : day(atMs)));
  return [id, project, name, last4, may.join(','), ...times];
}

function label(value: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters would rewrite the terminal
  if (value.trim() === '' || value.length > 100 || /[\u0000-\u001f\u007f]/.test(value))
    throw new InvalidArgumentError('Give 1 to 100 characters.');
  return value.trim();
}

function scopes(value: string): Scope[] {
  const given = value.split(',').map((scope) => scope.trim());
  for (const scope of given) {
    if ((SCOPES as readonly string[]).includes(scope)) continue;
    const meant = nearest(scope, SCOPES);
    const hint = meant === undefined ? '' : ` Did you mean ${meant}?`;
    throw new InvalidArgumentError(`There is no scope '${scope}'.${hint} Scopes: ${SCOPES.join(', ')}.`);
  }
  return [...new Set(given as Scope[])];
}
