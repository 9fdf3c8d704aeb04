/** Whether what a process left behind is still its own. A database file has its writers on one machine, under one set of pids. */

/** Whether a process with this id runs on this machine, whoever owns it. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Whether the process of this pid and instance is no more. The first process of every container has the same pid. */
export function isGone(left: { pid: number; instance: string }, instance: string): boolean {
  return left.instance !== instance && (left.pid === process.pid || !isRunning(left.pid));
}
