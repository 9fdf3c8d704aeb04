/** What a process and all below it have used, read from Linux's /proc. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';

/** Linux counts in hundredths of a second here, whatever the kernel's own tick (USER_HZ). */
const TICK_US = 10_000;

interface Stat {
  pid: number;
  parent: number;
  ticks: number;
}

function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name, in brackets, may hold blanks and brackets itself. Fields after it: state, ppid, ..., utime is the 12th.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    // With the time of children that have ended and were waited for.
    const ticks = [11, 12, 13, 14].reduce((sum, index) => sum + Number(fields[index]), 0);
    return { pid, parent: Number(fields[1]), ticks };
  } catch {
    return undefined;
  }
}

function treeOf(root: number): Stat[] {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => statOf(Number(name)) ?? []);
  const tree = all.filter(({ pid }) => pid === root);
  for (const one of tree) tree.push(...all.filter(({ parent }) => parent === one.pid));
  return tree;
}

/** User and system time of all threads of all its processes, microseconds; exact to 10 ms. */
export function cpuUs(root: number): number {
  return treeOf(root).reduce((sum, { ticks }) => sum + ticks, 0) * TICK_US;
}

export interface Memory {
  rssBytes: number;
  /** Shared pages divided among those that share them. */
  pssBytes: number;
  /** Highest RSS since `forgetPeak`, summed over the processes. */
  peakBytes: number;
}

export function memoryOf(root: number): Memory {
  const memory: Memory = { rssBytes: 0, pssBytes: 0, peakBytes: 0 };
  for (const { pid } of treeOf(root)) {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      memory.rssBytes += kilobytes(status, 'VmRSS');
      memory.peakBytes += kilobytes(status, 'VmHWM');
      memory.pssBytes += kilobytes(readFileSync(`/proc/${pid}/smaps_rollup`, 'latin1'), 'Pss');
    } catch {
      // It has ended since it was listed.
    }
  }
  return memory;
}

/** Starts the peak anew at what is used now (proc(5), clear_refs). */
export function forgetPeak(root: number): void {
  for (const { pid } of treeOf(root)) writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function kilobytes(text: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1] ?? 0) * 1024;
}
