/** `gradeway dead-letters list|show|retry|drop`: evaluations that will not be tried again. A running gateway takes up what is retried within a second. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { GatewayError } from '../../errors.ts';
import { actOnDeadLetters, type DeadLetter } from '../../store/dead-letters.ts';
import { DEFAULT_PROJECT, type Store } from '../../store/store.ts';
import { columns } from '../columns.ts';
import { settingsHere, withStore } from './settings.ts';

/** Lines that a list prints unless told otherwise. */
const LISTED = 50;

interface Place {
  project: string;
  evaluator?: string;
}

interface Chosen extends Place {
  all?: boolean;
}

export function deadLettersCommand(): Command {
  const letters = new Command('dead-letters').description('list, read, retry and drop evaluations that were given up');
  const project = (): Option =>
    new Option('--project <name>', 'project that they belong to').default(DEFAULT_PROJECT.name);
  letters
    .command('list')
    .description('list them, the youngest first')
    .addOption(project())
    .option('--evaluator <name>', 'only those of this evaluator')
    .option('--limit <number>', 'how many at most', count, LISTED)
    .action(list);
  letters
    .command('show')
    .description('print one, with what its evaluator printed')
    .argument('<id>', 'from the list', count)
    .addOption(project())
    .action(show);
  for (const [name, description, done] of [
    ['retry', 'run them again, as if they had never been tried', 'will run again'],
    ['drop', 'drop them; the logs keep the outcome that they show', 'dropped'],
  ] as const)
    letters
      .command(name)
      .description(description)
      .argument('[ids...]', 'from the list', (id: string, ids: number[] | undefined) => [...(ids ?? []), count(id)])
      .addOption(project())
      .option('--evaluator <name>', 'all of this evaluator')
      .option('--all', 'all of the project')
      .action((ids: number[] | undefined, chosen: Chosen) => act(name, ids ?? [], chosen, done));
  return letters;
}

async function list({ project, evaluator, limit }: Place & { limit: number }): Promise<void> {
  const rows = await withStore(settingsHere(), async (store) => {
    const projectId = await projectIdOf(store, project);
    return store.deadLetters.list(projectId, { evaluator: evaluator ?? null, after: null, limit: limit + 1 });
  });
  if (rows.length === 0) {
    process.stdout.write('There are no dead letters.\n');
    return;
  }
  const header = ['ID', 'EVALUATOR', 'LOG', 'TRIES', 'GIVEN UP', 'REASON'];
  process.stdout.write(columns([header, ...rows.slice(0, limit).map(line)]));
  if (rows.length > limit) process.stdout.write(`There are more; --limit shows them.\n`);
}

async function show(id: number, { project }: Place): Promise<void> {
  const letter = await withStore(settingsHere(), async (store) =>
    store.deadLetters.find(await projectIdOf(store, project), id),
  );
  if (letter === undefined)
    throw new GatewayError('invalid_setting', {
      message: `There is no dead letter ${id} in project ${project}. gradeway dead-letters list shows the ids.`,
    });
  process.stdout.write(`${JSON.stringify(letter, null, 2)}\n`);
}

async function act(name: 'retry' | 'drop', ids: number[], chosen: Chosen, done: string): Promise<void> {
  const ways = [ids.length > 0, chosen.evaluator !== undefined, chosen.all === true].filter(Boolean).length;
  if (ways !== 1)
    throw new GatewayError('invalid_setting', {
      message: `Say which: gradeway dead-letters ${name} <ids...>, --evaluator <name>, or --all.`,
    });
  const changed = await withStore(settingsHere(), async ({ deadLetters, ...store }) => {
    const projectId = await projectIdOf(store, chosen.project);
    const one = (some: number[]): Promise<number> =>
      name === 'retry' ? deadLetters.retry(projectId, some, Date.now()) : deadLetters.drop(projectId, some);
    if (ids.length > 0) return one(ids);
    return actOnDeadLetters(deadLetters, { projectId, evaluator: chosen.evaluator ?? null }, one);
  });
  process.stdout.write(`${changed} ${done}.\n`);
}

/** Projects come into being with their first key, all but the one that is always there. */
async function projectIdOf(store: Pick<Store, 'keys'>, name: string): Promise<string> {
  if (name === DEFAULT_PROJECT.name) return DEFAULT_PROJECT.id;
  const key = (await store.keys.list()).find(({ project }) => project === name);
  if (key !== undefined) return key.projectId;
  throw new GatewayError('invalid_setting', {
    message: `There is no project ${JSON.stringify(name)}. gradeway keys list shows the projects.`,
  });
}

function line({ id, evaluator, logId, attempts, failedAtMs, reason }: DeadLetter): string[] {
  const at = failedAtMs === null ? '' : `${new Date(failedAtMs).toISOString().slice(0, 19)}Z`;
  return [String(id), evaluator, logId ?? '(gone)', String(attempts), at, printable(reason ?? '')];
}

/** One line that cannot rewrite the terminal: reasons may hold what an evaluator threw. */
function printable(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 120);
}

function count(value: string): number {
  if (!/^[1-9]\d{0,14}$/.test(value)) throw new InvalidArgumentError('Give a whole number from 1.');
  return Number(value);
}
