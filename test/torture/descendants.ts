/** The processes below a process, by Linux's /proc. Told apart from later ones with the same pid by their start time. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';

export interface Descendant {
  pid: number;
  parent: number;
  /** Clock ticks since the machine's start. */
  startedAt: string;
}

/** Whether this machine can tell. */
export const canTell = existsSync('/proc/self/stat');

export function descendantsOf(root: number): Descendant[] {
  if (!canTell) return [];
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => read(Number(name)) ?? []);
  const found = all.filter(({ parent }) => parent === root);
  for (const one of found) found.push(...all.filter(({ parent }) => parent === one.pid));
  return found;
}

export function isAlive({ pid, startedAt }: Descendant): boolean {
  return read(pid)?.startedAt === startedAt;
}

function read(pid: number): Descendant | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in brackets, may hold blanks and brackets itself.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // A zombie has ended; it waits for whoever shall take its exit code.
    return fields[0] === 'Z' ? undefined : { pid, parent: Number(fields[1]), startedAt: fields[19]! };
  } catch {
    return undefined;
  }
}
