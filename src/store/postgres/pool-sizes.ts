/** How the connections that a replica may hold are shared out among its threads. */

/** A listener, two of the writer, and one each for lookups, two threads of questions, folding and the word index. */
export const LEAST_CONNECTIONS = 8;
/** Of each thread but the writer's and that of lookups. */
export const ONE_CONNECTION = 1;

export interface PoolSizes {
  /** For what the writer does beside commits that answers wait for. */
  rest: number;
  lookups: number;
}

export function poolSizes(total: number): PoolSizes {
  const free = Math.max(0, total - LEAST_CONNECTIONS);
  const rest = 1 + Math.ceil(free * (2 / 3));
  return { rest, lookups: 1 + free - (rest - 1) };
}
