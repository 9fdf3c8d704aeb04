/**
 * Names of spool files: `<database>.spool.<replica>.<number>`. Each process writes its own, since several may work
 * on one database; the files of a process that is no more are taken over by renaming them, which only one can do.
 */
import { readdirSync, renameSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isGone } from '../store/presence.ts';

export interface SpoolOwner {
  /** Path of the database file. */
  database: string;
  replica: string;
}

export function spoolPath({ database, replica }: SpoolOwner, number: number): string {
  return `${database}.spool.${replica}.${number}`;
}

/** Takes over what processes that are no more have left, oldest first; answers the new paths. */
export function takeOver(owner: SpoolOwner): string[] {
  const folder = dirname(owner.database);
  const prefix = `${basename(owner.database)}.spool.`;
  const left = readdirSync(folder).flatMap((name) => {
    const parts = name.startsWith(prefix) ? /^([0-9a-f-]{36})\.(\d+)$/.exec(name.slice(prefix.length)) : null;
    return parts ? [{ name, replica: parts[1]!, number: Number(parts[2]) }] : [];
  });
  const orphans = left
    .filter(({ replica }) => replica !== owner.replica && isGone(owner.database, replica))
    // Replicas sort by their birth; what a process itself had taken over is older than its own.
    .sort((one, other) => one.replica.localeCompare(other.replica) || other.number - one.number);
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
