/**
 * `gradeway dataset ...`: datasets on the configured database, with no server running: listed, shown, filled from files and from logs,
 * written to files, parted, removed.
 */
import { Command } from 'commander';
import { asUsage } from '../exit-code.ts';
import { columns } from '../columns.ts';
import { projectIdOf, projectOption } from '../project.ts';
import { day, shownText } from '../shown.ts';
import { exportCommand } from './dataset/export.ts';
import { fromLogsCommand } from './dataset/from-logs.ts';
import { importCommand } from './dataset/import.ts';
import { splitCommand } from './dataset/split.ts';
import { settingsHere, withStore } from './settings.ts';
import { wholeNumber } from '../whole-number.ts';

export function datasetCommand(): Command {
  const datasets = new Command('dataset').description('list, show, fill, write, part and remove datasets');
  datasets.command('list').description('list them').addOption(projectOption()).action(list);
  datasets
    .command('show')
    .description('show one: its versions, and some of its datapoints')
    .argument('<name>')
    .option('--version <number>', 'of this version; else of the newest', wholeNumber)
    .option('--limit <count>', 'datapoints that are shown', wholeNumber, 5)
    .addOption(projectOption())
    .action(show);
  datasets.addCommand(importCommand());
  datasets.addCommand(fromLogsCommand());
  datasets.addCommand(exportCommand());
  datasets.addCommand(splitCommand());
  datasets
    .command('remove')
    .description('remove one with all its versions; runs over it keep their results')
    .argument('<name>')
    .addOption(projectOption())
    .action(remove);
  return datasets;
}

async function list({ project }: { project: string }): Promise<void> {
  const rows = await withStore(settingsHere(), async (store) => store.datasets.list(await projectIdOf(store, project)));
  if (rows.length === 0) {
    process.stdout.write('There are no datasets. gradeway dataset import NAME FILE makes one.\n');
    return;
  }
  const lines = rows.map(({ name, newest, datapoints, changedAtMs, description }) => [
    name,
    String(newest),
    String(datapoints),
    day(changedAtMs),
    shownText(description ?? ''),
  ]);
  process.stdout.write(columns([['NAME', 'VERSION', 'DATAPOINTS', 'CHANGED', 'DESCRIPTION'], ...lines]));
}

async function show(
  name: string,
  { project, version: asked, limit }: { project: string; version?: number; limit: number },
): Promise<void> {
  const { findVersion } = await import('../../offline/datasets/find-version.ts');
  const { jsonlOf } = await import('../../offline/datasets/write-row.ts');
  await withStore(settingsHere(), async (store) => {
    const projectId = await projectIdOf(store, project);
    const version = await asUsage('', findVersion(store.datasets, projectId, { name, version: asked }));
    const versions = await store.datasets.versions(projectId, name);
    const lines = versions.map((one) => [
      String(one.version),
      String(one.datapoints),
      `+${one.added} ~${one.edited} -${one.removed}`,
      day(one.createdAtMs),
      shownText(one.note ?? ''),
    ]);
    process.stdout.write(columns([['VERSION', 'DATAPOINTS', 'CHANGE', 'MADE', 'NOTE'], ...lines]));
    const page = { after: null, limit };
    const datapoints = version === 0 ? [] : await store.datasets.datapoints(projectId, name, version, page);
    if (datapoints.length > 0) process.stdout.write(`\nOf version ${version}:\n`);
    for (const datapoint of datapoints) process.stdout.write(`${jsonlOf(datapoint)}\n`);
  });
}

async function remove(name: string, { project }: { project: string }): Promise<void> {
  const { unknownDataset } = await import('../../offline/datasets/change-dataset.ts');
  await withStore(settingsHere(), async (store) => {
    const removed = await store.datasets.remove(await projectIdOf(store, project), name);
    if (!removed) await asUsage('', Promise.reject(unknownDataset(name)));
  });
  process.stdout.write(`${name} is removed.\n`);
}
