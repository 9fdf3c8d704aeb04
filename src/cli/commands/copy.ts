/**
 * `gradeway copy --from sqlite:<file> --to postgres://...`: moves an installation to a server. Says how it goes on standard error, and
 * what was copied on standard output. Ended at any moment, it goes on from there when it is run again.
 */
import { Command } from 'commander';
import { shownDatabase } from '../../config/database-url.ts';
import { GatewayError } from '../../errors.ts';
import { type CopyProgress, copyInstallation } from '../../store/copy/copy.ts';
import { type DatabaseLocation, parseDatabaseUrl } from '../../store/open.ts';
import { columns } from '../columns.ts';
import { settingsHere } from './settings.ts';

const SAY_EVERY_MS = 1000;

export function copyCommand(): Command {
  return new Command('copy')
    .description('copy an installation from a file of SQLite to PostgreSQL')
    .requiredOption('--from <url>', 'the file, as in sqlite:./data/gradeway.db')
    .option('--to <url>', 'an empty database, as in postgres://user:password@host/name (else GRADEWAY_DATABASE_URL)')
    .action(copy);
}

async function copy(options: { from: string; to?: string }): Promise<void> {
  const from = location(options.from, '--from', 'sqlite');
  const to = location(
    options.to ?? settingsHere().database.url,
    options.to === undefined ? 'GRADEWAY_DATABASE_URL' : '--to',
    'postgres',
  );
  const counts = await copyInstallation({ from: from.path, to: to.url, onProgress: progressLines(), now: Date.now });
  const rows = Object.entries(counts).map(([name, count]) => [name, count.toLocaleString('en')]);
  process.stdout.write(columns([['COPIED', ''], ...rows]));
  process.stdout.write(`\nAll of it was counted in ${shownDatabase(to.url)}, and the bodies of some logs compared.\n`);
  process.stdout.write('Start the gateway with this URL as GRADEWAY_DATABASE_URL; the file is not needed any more.\n');
}

function location<Engine extends DatabaseLocation['engine']>(
  url: string,
  place: string,
  engine: Engine,
): DatabaseLocation & { engine: Engine } {
  const parsed = parseDatabaseUrl(url, process.cwd(), undefined, place);
  if (parsed.engine === engine) return parsed as DatabaseLocation & { engine: Engine };
  const wanted = engine === 'sqlite' ? 'sqlite: and the path of a file' : 'postgres:// and a server';
  throw new GatewayError('invalid_setting', { message: `${place} is ${shownDatabase(url)}; it must be ${wanted}.` });
}

/** A line a second, and one at the end. */
function progressLines(): (progress: CopyProgress) => void {
  const startedAtMs = performance.now();
  let saidAtMs = Number.NEGATIVE_INFINITY;
  return ({ done, total, before }) => {
    const nowMs = performance.now();
    if (done < total && nowMs - saidAtMs < SAY_EVERY_MS) return;
    saidAtMs = nowMs;
    const perSecond = ((done - before) / Math.max(1, nowMs - startedAtMs)) * 1000;
    const left = perSecond > 0 && done < total ? `, about ${duration((total - done) / perSecond)} left` : '';
    const speed = perSecond > 0 ? ` (${Math.round(perSecond).toLocaleString('en')} a second${left})` : '';
    process.stderr.write(`${done.toLocaleString('en')} of ${total.toLocaleString('en')} logs${speed}\n`);
  };
}

function duration(seconds: number): string {
  return seconds < 100 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
