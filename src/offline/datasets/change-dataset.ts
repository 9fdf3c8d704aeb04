/**
 * Changes of a dataset, whatever makes the datapoints: all of it becomes the next version, or nothing does. Who has read a file
 * or found logs hands them in one by one; how many there are makes no difference to memory.
 */
import { GatewayError } from '../../errors.ts';
import { DATASET_LIMITS, type DatapointSource, type DatasetVersion } from '../../model/datapoint.ts';
import { newId } from '../../model/id.ts';
import type { BegunChange, DatasetStore, PlacedDatapoint } from '../../store/datasets.ts';
import type { RowReading } from './read-row.ts';

export interface DatasetChange {
  projectId: string;
  name: string;
  /** What is added or, where it has the id of one that is there, edited. A problem ends the change once all were read. */
  datapoints: AsyncIterable<OfferedDatapoint> | Iterable<OfferedDatapoint>;
  /** Ids, or `all` that are there so far. */
  remove?: readonly string[] | 'all';
  /** The version that whoever changes it has seen. Where another is the newest, the change is refused. */
  base?: number | undefined;
  note?: string | null | undefined;
}

/** `at`: where it stands, for the message about a problem. */
export type OfferedDatapoint = RowReading & { at: string; source: DatapointSource };

/** Datapoints that one transaction takes: a few milliseconds of the writer. */
const UNIT = 200;
const PROBLEMS_SHOWN = 20;
/** Problems after which reading on tells nobody anything new. */
const PROBLEMS_READ = 200;

/**
 * Commits the change. Throws `not_found` for an unknown dataset, `validation_failed` with each problem by its place, `conflict`
 * where another change came first.
 */
export async function changeDataset(
  datasets: DatasetStore,
  { projectId, name, datapoints, remove = [], base, note = null }: DatasetChange,
): Promise<DatasetVersion> {
  const begun = await datasets.begin(projectId, name);
  if (begun === undefined) throw unknownDataset(name);
  if (base !== undefined && base !== begun.base) throw changed(name, begun.base);
  await addAll(datasets, { projectId, name }, begun, datapoints);
  const change = { base: begun.base, version: begun.version, remove, note };
  const version = await datasets.commit(projectId, name, change, Date.now());
  if (version === 'changed') throw changed(name);
  return version;
}

export function unknownDataset(name: string): GatewayError {
  return new GatewayError('not_found', { message: `There is no dataset "${name}".` });
}

async function addAll(
  datasets: DatasetStore,
  { projectId, name }: { projectId: string; name: string },
  begun: BegunChange,
  offered: DatasetChange['datapoints'],
): Promise<void> {
  const problems = new Map<string, string>();
  const places = new Map<string, string>();
  let position = begun.position;
  let unit: PlacedDatapoint[] = [];
  const flush = async (): Promise<void> => {
    if (unit.length === 0) return;
    const placed = await inTheirPlaces(datasets, { projectId, name, version: begun.base }, unit);
    unit = [];
    if ((await datasets.add(projectId, name, begun.version, placed)) === undefined) throw unknownDataset(name);
  };
  for await (const one of offered) {
    if ('problem' in one) {
      problems.set(one.at, one.problem);
      if (problems.size >= PROBLEMS_READ) break;
      continue;
    }
    const { id = newId(), ...content } = one.datapoint;
    if (one.datapoint.id !== undefined) {
      const other = places.get(id);
      if (other !== undefined) problems.set(one.at, `its id ${id} is also that of ${other}`);
      places.set(id, one.at);
    }
    if (position - begun.position >= DATASET_LIMITS.datapoints)
      problems.set(one.at, `there are more than ${DATASET_LIMITS.datapoints} datapoints`);
    // Where nothing will come of it, the rest is only read for its problems.
    if (problems.size > 0) continue;
    unit.push({ id, position: position++, ...content, source: one.source });
    if (unit.length >= UNIT) await flush();
  }
  if (problems.size > 0) throw refusal(problems);
  await flush();
}

/** An edited datapoint stays where it was. */
async function inTheirPlaces(
  datasets: DatasetStore,
  { projectId, name, version }: { projectId: string; name: string; version: number },
  unit: PlacedDatapoint[],
): Promise<PlacedDatapoint[]> {
  const there = await datasets.byId(
    projectId,
    name,
    version,
    unit.map(({ id }) => id),
  );
  const positions = new Map(there.map(({ id, position }) => [id, position]));
  return unit.map((one) => ({ ...one, position: positions.get(one.id) ?? one.position }));
}

function changed(name: string, newest?: number): GatewayError {
  const now = newest === undefined ? '' : ` Its newest version is ${newest}.`;
  return new GatewayError('conflict', {
    message: `The dataset "${name}" was changed meanwhile, and nothing of this change was kept.${now} Look at it, and send the change again.`,
  });
}

function refusal(problems: ReadonlyMap<string, string>): GatewayError {
  const shown = [...problems].slice(0, PROBLEMS_SHOWN);
  const count = problems.size >= PROBLEMS_READ ? `at least ${PROBLEMS_READ}` : String(problems.size);
  const details = Object.fromEntries(shown.map(([at, message]) => [at, { message }]));
  const first = `${shown[0]![0]}: ${shown[0]![1]}`;
  return new GatewayError('validation_failed', {
    message: `${count} of the datapoints cannot be taken, and none was. ${first}${problems.size > 1 ? ' (and others)' : ''}`,
    details,
  });
}
