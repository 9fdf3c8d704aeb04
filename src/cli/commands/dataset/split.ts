/** `gradeway dataset split`: the two parts of a dataset as datasets of their own. */
import { Command, InvalidArgumentError, Option } from 'commander';
import type { DatasetChange, OfferedDatapoint } from '../../../offline/datasets/change-dataset.ts';
import { putIntoDataset } from '../../../offline/datasets/create-dataset.ts';
import { datapointsOf } from '../../../offline/datasets/datapoints-of.ts';
import { findVersion } from '../../../offline/datasets/find-version.ts';
import { type Split, SPLITS, splitOf } from '../../../offline/datasets/split.ts';
import type { Store } from '../../../store/store.ts';
import { columns } from '../../columns.ts';
import { asUsage } from '../../exit-code.ts';
import { projectIdOf, projectOption } from '../../project.ts';
import { wholeNumber } from '../../whole-number.ts';
import { settingsHere, withStore } from '../settings.ts';

interface SplitOptions {
  project: string;
  version?: number;
  testShare: number;
  train?: string;
  test?: string;
}

export function testShareOption(): Option {
  return new Option('--test-share <share>', 'share of the part test').default(0.2).argParser(share);
}

export function splitCommand(): Command {
  return new Command('split')
    .description('part it into NAME-train and NAME-test, by a hash of what a datapoint asks')
    .argument('<name>')
    .option('--version <number>', 'the newest where it is left out', wholeNumber)
    .addOption(testShareOption())
    .option('--train <name>', 'what the part train is called')
    .option('--test <name>', 'what the part test is called')
    .addOption(projectOption())
    .action(split);
}

async function split(name: string, { project, version: asked, testShare, ...names }: SplitOptions): Promise<void> {
  const rows = await withStore(settingsHere(), async (store) => {
    const projectId = await projectIdOf(store, project);
    const version = await asUsage('', findVersion(store.datasets, projectId, { name, version: asked }));
    const of = { projectId, name, version };
    const made: string[][] = [];
    for (const part of SPLITS) {
      const into = names[part] ?? `${name}-${part}`;
      const datapoints = await asUsage('', putPart(store, of, { part, testShare, into }));
      made.push([into, String(datapoints)]);
    }
    return made;
  });
  process.stdout.write(columns([['DATASET', 'DATAPOINTS'], ...rows]));
}

/** Answers how many datapoints it has. */
async function putPart(
  { datasets }: Pick<Store, 'datasets'>,
  of: { projectId: string; name: string; version: number },
  { part, testShare, into }: { part: Split; testShare: number; into: string },
): Promise<number> {
  const { projectId } = of;
  const note = `${part} of ${of.name} version ${of.version}, test share ${testShare}`;
  const [newest] = await datasets.versions(projectId, into);
  if (newest?.note === note) return newest.datapoints;
  const offered = async function* (): AsyncGenerator<OfferedDatapoint> {
    if (of.version === 0) return;
    for await (const { position: _position, source, ...datapoint } of datapointsOf(datasets, of))
      if (splitOf(datapoint, testShare) === part) yield { at: datapoint.id, source, datapoint };
  };
  const change: DatasetChange = { projectId, name: into, datapoints: offered(), remove: 'all', note };
  return (await putIntoDataset(datasets, change)).datapoints;
}

function share(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('it must lie between 0 and 1.');
  return value;
}
