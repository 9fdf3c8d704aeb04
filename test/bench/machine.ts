/** Where a run took place: figures of different machines, or of a busy one, cannot be compared but as ratios. */
import { existsSync, statfsSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';
import { join } from 'node:path';

export interface Machine {
  cpu: string;
  cores: number;
  memoryGb: number;
  system: string;
  node: string;
  /** One-minute load average at the start; above 1 somebody else is using it. */
  load: number;
  /** Type of the file system that the databases are on. */
  fileSystem: string;
  /** Whether built JavaScript is measured or the sources. */
  program: 'dist' | 'src';
}

/** statfs(2)'s numbers of the usual ones. On tmpfs a commit waits for no disk. */
const FILE_SYSTEMS: Record<number, string> = {
  0xef53: 'ext4',
  0x58465342: 'xfs',
  0x9123683e: 'btrfs',
  0x01021994: 'tmpfs (commits cost nothing here: set TMPDIR to a disk)',
  0x794c7630: 'overlay',
};

export function machineOf(folder: string): Machine {
  const { type: fileSystem } = statfsSync(folder);
  const built = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'main.js');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${type()} ${release()} ${arch()}`,
    node: process.version,
    load: Number(loadavg()[0]!.toFixed(2)),
    fileSystem: FILE_SYSTEMS[fileSystem] ?? `0x${fileSystem.toString(16)}`,
    program: existsSync(built) ? 'dist' : 'src',
  };
}

export function machineText(machine: Machine): string {
  const { cpu, cores, memoryGb, system, node, load, fileSystem, program } = machine;
  const busy = load > 1 ? ' - others are using this machine: read ratios, not absolutes' : '';
  return (
    `${cpu}, ${cores} cores, ${memoryGb} GB, ${system}, Node ${node}, ${fileSystem}, from ${program}/\n` +
    `load average at the start: ${load}${busy}`
  );
}
