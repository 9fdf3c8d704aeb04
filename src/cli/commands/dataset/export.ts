/** `gradeway dataset export`: a version as a file, or on standard output. */
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { DATASET_LINE_FORMATS, datasetLines } from '../../../api/dataset-lines.ts';
import { findVersion } from '../../../offline/datasets/find-version.ts';
import { SPLITS, type Split } from '../../../offline/datasets/split.ts';
import { asUsage, wrongUsage } from '../../exit-code.ts';
import { projectIdOf, projectOption } from '../../project.ts';
import { wholeNumber } from '../../whole-number.ts';
import { settingsHere, withStore } from '../settings.ts';
import { testShareOption } from './split.ts';

interface ExportOptions {
  project: string;
  version?: number;
  format?: (typeof DATASET_LINE_FORMATS)[number];
  split?: Split;
  testShare: number;
}

export function exportCommand(): Command {
  return new Command('export')
    .description('write a version as JSONL or CSV; JSONL can be imported again')
    .argument('<name>')
    .argument('[file]', 'standard output where it is left out')
    .option('--version <number>', 'the newest where it is left out', wholeNumber)
    .addOption(new Option('--format <format>', "by the file's ending, else jsonl").choices(DATASET_LINE_FORMATS))
    .addOption(new Option('--split <part>', 'only this part').choices(SPLITS))
    .addOption(testShareOption())
    .addOption(projectOption())
    .action(exportDataset);
}

async function exportDataset(name: string, file: string | undefined, options: ExportOptions): Promise<void> {
  const { project, version: asked, split, testShare } = options;
  const format = options.format ?? (file !== undefined && /\.csv$/i.test(file) ? 'csv' : 'jsonl');
  await withStore(settingsHere(), async (store) => {
    const projectId = await projectIdOf(store, project);
    const version = await asUsage('', findVersion(store.datasets, projectId, { name, version: asked }));
    if (version === 0) throw wrongUsage(`The dataset "${name}" holds nothing yet.`);
    const lines = datasetLines(store.datasets, { projectId, name, version }, { format, split, testShare });
    if (file === undefined) await writeLines(process.stdout, lines);
    else await writeFileOf(file, lines);
  });
  if (file !== undefined) process.stdout.write(`${file} is written.\n`);
}

/** What there was stays until the new one is whole. */
async function writeFileOf(file: string, lines: AsyncIterable<string>): Promise<void> {
  const part = `${file}.part`;
  const stream = createWriteStream(part);
  try {
    await writeLines(stream, lines);
    stream.end();
    await once(stream, 'close');
    await rename(part, file);
  } catch (error) {
    await rm(part, { force: true });
    throw wrongUsage(`${file} cannot be written: ${(error as Error).message}`, error);
  }
}

async function writeLines(stream: NodeJS.WritableStream, lines: AsyncIterable<string>): Promise<void> {
  let failure: Error | undefined;
  stream.once('error', (error: Error) => (failure = error));
  for await (const line of lines) {
    if (failure !== undefined) throw failure;
    if (!stream.write(line)) await once(stream, 'drain');
  }
}
