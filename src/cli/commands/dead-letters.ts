/** `gradeway dead-letters list|show|retry|drop`: evaluations that will not be tried again. A running gateway takes up what is retried within a second. */
import { Command } from 'commander';
import { GatewayError } from '../../errors.ts';
import { actOnDeadLetters, type DeadLetter } from '../../store/dead-letters.ts';
import { columns } from '../columns.ts';
import { projectIdOf, projectOption } from '../project.ts';
import { day, shownText } from '../shown.ts';
import { wholeNumber } from '../whole-number.ts';
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
  letters
    .command('list')
    .description('list them, the youngest first')
    .addOption(projectOption())
    .option('--evaluator <name>', 'only those of this evaluator')
    .option('--limit <number>', 'how many at most', wholeNumber, LISTED)
    .action(list);
  letters
    .command('show')
    .description('print one, with what its evaluator printed')
    .argument('<id>', 'from the list', wholeNumber)
    .addOption(projectOption())
    .action(show);
  for (const [name, description, done] of [
    ['retry', 'run them again, as if they had never been tried', 'will run again'],
    ['drop', 'drop them; the logs keep the outcome that they show', 'dropped'],
  ] as const)
    letters
      .command(name)
      .description(description)
      .argument('[ids...]', 'from the list', (id: string, ids: number[] | undefined) => [
        ...(ids ?? []),
        wholeNumber(id),
      ])
      .addOption(projectOption())
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

function line({ id, evaluator, logId, attempts, failedAtMs, reason }: DeadLetter): string[] {
  const at = failedAtMs === null ? '' : day(failedAtMs);
  return [String(id), evaluator, logId ?? '(gone)', String(attempts), at, shownText(reason ?? '')];
}
