/** One monotonic clock for all processes and threads of a machine: `performance.now` starts anew in each of them. */

/** Microseconds since the machine started. */
export function nowUs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e6 + nanoseconds / 1e3;
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
