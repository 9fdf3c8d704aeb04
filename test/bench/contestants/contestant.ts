/** What stands between the load generator and the fake upstream, as the figures see it. */
export interface Contestant {
  name: string;
  port: number;
  /** Root of the process tree whose CPU and memory count. */
  pid: number;
  /** Request headers that only this one needs. */
  headers: string[];
  close(): Promise<void>;
}

/** Thrown where a contestant is not there, with what to install; the figure goes on without it. */
export class Absent extends Error {}
