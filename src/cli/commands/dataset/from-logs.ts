/** `gradeway dataset from-logs`: what was logged as datapoints. */
import { Command, InvalidArgumentError, Option } from 'commander';
import { offeredLogs } from '../../../api/offered-logs.ts';
import { type Filter, filterSchema } from '../../../model/filter.ts';
import { putIntoDataset } from '../../../offline/datasets/create-dataset.ts';
import { TARGETS_FROM_LOGS, type TargetFromLog } from '../../../offline/datasets/from-log.ts';
import { asUsage } from '../../exit-code.ts';
import { projectIdOf, projectOption } from '../../project.ts';
import { wholeNumber } from '../../whole-number.ts';
import { settingsHere, withStore } from '../settings.ts';
import { tellVersion } from './tell-version.ts';

interface FromLogsOptions {
  project: string;
  filter?: Filter;
  since?: number;
  until?: number;
  log?: string[];
  limit: number;
  target: TargetFromLog;
  note?: string;
}

const UNITS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export function fromLogsCommand(): Command {
  return new Command('from-logs')
    .description('add logs: the conversation that was sent, and what was answered as the target')
    .argument('<name>', 'of the dataset, which is made where there is none')
    .option('--filter <json>', `as in {"score": "accuracy", "lt": 50}; see the README's filters`, filter)
    .option('--since <time>', 'started at this time or later: 7d, 12h, 30m ago, or a date', time)
    .option('--until <time>', 'started before this time', time)
    .option('--log <id>', 'this log, in place of a filter; may be given several times', picked)
    .option('--limit <count>', 'the newest so many', wholeNumber, 1000)
    .addOption(new Option('--target <what>', 'what the target is').choices(TARGETS_FROM_LOGS).default('output'))
    .option('--note <text>', 'what the version says of itself')
    .addOption(projectOption())
    .action(fromLogs);
}

async function fromLogs(
  name: string,
  { project, log, filter: wanted, note, ...options }: FromLogsOptions,
): Promise<void> {
  await withStore(settingsHere(), async (store) => {
    const projectId = await projectIdOf(store, project);
    const { since, until, ...rest } = options;
    const datapoints = offeredLogs(store, projectId, {
      ...rest,
      logIds: log,
      filter: wanted ?? null,
      fromMs: since ?? null,
      toMs: until ?? null,
    });
    const change = { projectId, name, datapoints, note: note ?? null };
    tellVersion(name, await asUsage('', putIntoDataset(store.datasets, change)));
  });
}

function filter(text: string): Filter {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('it is not JSON.');
  }
  const read = filterSchema.safeParse(value);
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  throw new InvalidArgumentError(`${issue!.path.map(String).join('.') || 'it'}: ${issue!.message}.`);
}

function time(text: string): number {
  const [, count, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
  if (unit !== undefined) return Date.now() - Number(count) * UNITS_MS[unit as keyof typeof UNITS_MS];
  const atMs = Date.parse(text);
  if (Number.isNaN(atMs)) throw new InvalidArgumentError('write it as 7d, 12h, 30m or 2026-08-31T00:00Z.');
  return atMs;
}

function picked(id: string, before: string[] | undefined): string[] {
  return [...(before ?? []), id];
}
