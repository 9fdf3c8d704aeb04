/**
 * Names of spool files: `<database>.spool.<pid>.<instance>.<number>`. Each process writes its own, since several may work
 * on one database; the files of a process that is no more are taken over by renaming them, which only one can do.
 */
import { readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isGone } from '../store/running-process.ts';

export interface SpoolOwner {
  /** Path of the database file. */
  database: string;
  pid: number;
  instance: string;
}

export function spoolPath({ database, pid, instance }: SpoolOwner, number: number): string {
  return `${database}.spool.${pid}.${instance}.${number}`;
}

/** Takes over what processes that are no more have left, oldest first; answers the new paths. */
export function takeOver(owner: SpoolOwner): string[] {
  const folder = dirname(owner.database);
  const prefix = `${basename(owner.database)}.spool.`;
  const left = readdirSync(folder).flatMap((name) => {
    const parts = name.startsWith(prefix) ? /^(\d+)\.([0-9a-f-]{36})\.(\d+)$/.exec(name.slice(prefix.length)) : null;
    return parts ? [{ name, pid: Number(parts[1]), instance: parts[2]!, number: Number(parts[3]) }] : [];
  });
  const orphans = left
    .filter((one) => isGone(one, owner.instance))
    // Instances sort by their birth; what a process itself had taken over is older than its own.
    .sort((one, other) => one.instance.localeCompare(other.instance) || other.number - one.number);
  const taken: string[] = [];
  for (const { name } of orphans) {
    // Counted down, so that the same order holds for whoever takes over from us.
    const path = spoolPath(owner, orphans.length - taken.length);
    try {
      renameSync(join(folder, name), path);
      taken.push(path);
    } catch {
      // Another process was faster, or the folder may not be written: then it stays for the next one.
    }
  }
  return taken;
}
