/** `gradeway dataset import`: the datapoints of a file, all of them or none. */
import { basename } from 'node:path';
import { Command, Option } from 'commander';
import type { DatasetChange, OfferedDatapoint } from '../../../offline/datasets/change-dataset.ts';
import { putIntoDataset } from '../../../offline/datasets/create-dataset.ts';
import { bytesOf, offeredFile } from '../../../offline/datasets/offered-file.ts';
import { DATASET_FORMATS, type DatasetFormat, formatOf } from '../../../offline/datasets/read-file.ts';
import { asUsage, wrongUsage } from '../../exit-code.ts';
import { projectIdOf, projectOption } from '../../project.ts';
import { settingsHere, withStore } from '../settings.ts';
import { tellVersion } from './tell-version.ts';

interface ImportOptions {
  project: string;
  format?: DatasetFormat;
  replace?: true;
  note?: string;
}

export function importCommand(): Command {
  return new Command('import')
    .description('add the datapoints of a file; what is there already is not added twice')
    .argument('<name>', 'of the dataset, which is made where there is none')
    .argument('<file>', 'JSONL, CSV, or promptfoo YAML or JSON; - is standard input')
    .addOption(new Option('--format <format>', "by the file's ending where it is left out").choices(DATASET_FORMATS))
    .option('--replace', 'what is there so far is left out of the new version')
    .option('--note <text>', 'what the version says of itself')
    .addOption(projectOption())
    .action(importFile);
}

async function importFile(name: string, file: string, options: ImportOptions): Promise<void> {
  const format = options.format ?? formatOf(file);
  if (format === undefined)
    throw wrongUsage(`The ending of ${file} tells no format. Name one: --format ${DATASET_FORMATS.join(', ')}.`);
  const isPiped = file === '-';
  const bytes = isPiped ? (process.stdin as AsyncIterable<Buffer>) : bytesOf(file);
  await withStore(settingsHere(), async (store) => {
    const projectId = await projectIdOf(store, options.project);
    const change: DatasetChange = {
      projectId,
      name,
      datapoints: notEmpty(offeredFile(bytes, { file: isPiped ? 'input' : basename(file), format })),
      remove: options.replace ? 'all' : [],
      note: options.note ?? null,
    };
    tellVersion(name, await asUsage('', putIntoDataset(store.datasets, change)));
  });
}

async function* notEmpty(offered: AsyncIterable<OfferedDatapoint>): AsyncGenerator<OfferedDatapoint> {
  let isEmpty = true;
  for await (const one of offered) {
    isEmpty = false;
    yield one;
  }
  if (isEmpty) throw wrongUsage('The file holds no datapoint. Nothing was changed.');
}
