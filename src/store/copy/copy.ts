/** Copies an installation from a file of SQLite to a PostgreSQL: in order, resumable, verified. Who says how it goes is the caller. */
import { GatewayError } from '../../errors.ts';
import { unpackSlot } from '../blocks.ts';
import { copyAlertEvents } from './copy-alert-events.ts';
import { copyDatasets } from './copy-datasets.ts';
import { COPIED_TABLES } from './copied-tables.ts';
import { copyRuns } from './copy-runs.ts';
import { CopySource, type Counts, type Row } from './source.ts';
import { CopyTarget, type Tables } from './target.ts';

export interface CopyProgress {
  /** Logs that are there. */
  done: number;
  total: number;
  /** Logs that were there when this run began. */
  before: number;
}

export interface CopyOptions {
  /** Path of the file. */
  from: string;
  to: string;
  onProgress: (progress: CopyProgress) => void;
  now: () => number;
}

/** Logs whose bodies are compared byte by byte. */
const COMPARED = 200;

/** Answers what there was to copy, all of which is there now. Throws `store_unusable`; what was copied until then stays. */
export async function copyInstallation({ from, to, onProgress, now }: CopyOptions): Promise<Counts> {
  const source = CopySource.open(from);
  try {
    const { target, after } = await CopyTarget.open(to, from);
    try {
      await copyRows(source, target, after, { onProgress, now });
      source.assertAtRest();
      const counts = await verify(source, target);
      await target.finish();
      return counts;
    } finally {
      await target.close();
    }
  } finally {
    source.close();
  }
}

async function copyRows(
  source: CopySource,
  target: CopyTarget,
  after: number,
  { onProgress, now }: Pick<CopyOptions, 'onProgress' | 'now'>,
): Promise<void> {
  const names = Object.keys(COPIED_TABLES) as (keyof typeof COPIED_TABLES)[];
  const tables = Object.fromEntries(names.map((name) => [name, source.table(name)])) as Omit<Tables, 'projects'>;
  const projects = source.table('projects');
  await target.writeTables({ projects, ...tables });
  await copyDatasets(source, target.session());
  await copyRuns(source, target.session());
  await copyAlertEvents(source, target.session());
  const measures = source.table('measures');
  const numbers = await target.numbersOf({
    projects,
    webhooks: tables.webhooks,
    measures,
    origins: source.table('origins'),
  });
  const total = source.counts().logs;
  const before = (await target.counts()).logs;
  let done = before;
  onProgress({ done, total, before });
  for (let chunk = source.chunk(after); chunk !== undefined; chunk = source.chunk(chunk.last)) {
    done += chunk.logs.length;
    await target.write(chunk, numbers, now());
    onProgress({ done, total, before });
  }
}

async function verify(source: CopySource, target: CopyTarget): Promise<Counts> {
  const [there, here] = [source.counts(), await target.counts()];
  const wrong = Object.entries(there).filter(([name, count]) => here[name as keyof Counts] !== count);
  for (const log of source.sample(COMPARED)) {
    const copied = await target.slot(String(log.id));
    if (copied === undefined || !isSame(bodiesOf(log, source), copied)) wrong.push([`log ${String(log.id)}`, 1]);
  }
  if (wrong.length === 0) return there;
  const lines = wrong.map(
    ([name, count]) => `  ${name}: ${count} in the file, ${here[name as keyof Counts] ?? 'another'} in PostgreSQL`,
  );
  throw new GatewayError('store_unusable', {
    message: `The copy differs from what was copied:\n${lines.join('\n')}\nGo on using the file, empty the database, and copy again.`,
  });
}

interface Stored {
  bytes: Buffer | null;
  slot: number | null;
}

function bodiesOf({ block, slot }: Row, source: CopySource): Stored {
  return block === null ? { bytes: null, slot: null } : { bytes: source.block(Number(block)), slot: Number(slot) };
}

function isSame(one: Stored, other: Stored): boolean {
  if (one.bytes === null || other.bytes === null) return one.bytes === other.bytes;
  const [these, those] = [unpackSlot(one.bytes, one.slot!), unpackSlot(other.bytes, other.slot!)];
  const same = (a: Uint8Array | undefined, b: Uint8Array | undefined): boolean =>
    a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
  return same(these.extras, those.extras) && same(these.request, those.request) && same(these.response, those.response);
}
