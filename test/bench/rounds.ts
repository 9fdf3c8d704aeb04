/** Rounds: every contestant in turn, several times over, so that what disturbs the machine disturbs all of them alike. */
import { join } from 'node:path';
import { sleep } from './clock.ts';
import { Absent, type Contestant } from './contestants/contestant.ts';
import { startGradeway } from './contestants/gradeway.ts';
import { startNginx } from './contestants/nginx.ts';
import { startPortkey } from './contestants/portkey.ts';
import type { Bench } from './figure.ts';
import { cpuUs } from './process-tree.ts';

export type ContestantName = 'direct' | 'nginx' | 'portkey' | 'durable' | 'fast';

/** After a burst: what it left behind (commits, closed connections) shall not fall into the next one. */
const SETTLE_MS = 300;

async function start(bench: Bench, folder: string, name: ContestantName): Promise<Contestant | undefined> {
  const { upstream } = bench;
  const own = join(folder, name);
  if (name === 'direct') return { ...upstream, close: async () => {} };
  if (name === 'durable' || name === 'fast')
    return startGradeway({ name, folder: own, upstreamPort: upstream.port, durability: name, evaluators: false });
  try {
    return await (name === 'nginx' ? startNginx(own, upstream.port) : startPortkey(own, bench.cache, upstream.port));
  } catch (error) {
    if (!(error instanceof Absent)) throw error;
    bench.missing(error.message);
    return undefined;
  }
}

/** Runs `use` with those contestants that could be started, all at the same time; those that idle cost nothing. */
export async function withContestants<Result>(
  bench: Bench,
  figure: string,
  names: readonly ContestantName[],
  use: (contestants: Contestant[]) => Promise<Result>,
): Promise<Result> {
  const contestants: Contestant[] = [];
  try {
    for (const name of names) {
      const one = await start(bench, join(bench.folder, figure), name);
      if (one !== undefined) contestants.push(one);
    }
    return await use(contestants);
  } finally {
    for (const contestant of contestants) await contestant.close();
  }
}

/** Contestant -> what `measure` answered in each round, after one round of `warm` for each. */
export async function interleave<Result>(
  contestants: readonly Contestant[],
  rounds: number,
  warm: (contestant: Contestant) => Promise<unknown>,
  measure: (contestant: Contestant) => Promise<Result>,
): Promise<Map<string, Result[]>> {
  const results = new Map(contestants.map(({ name }) => [name, [] as Result[]]));
  for (const contestant of contestants) {
    await warm(contestant);
    await sleep(SETTLE_MS);
  }
  for (let round = 0; round < rounds; round += 1)
    for (const contestant of contestants) {
      results.get(contestant.name)!.push(await measure(contestant));
      await sleep(SETTLE_MS);
    }
  return results;
}

/** What a burst costs the contestant in CPU, microseconds, with what it does shortly after. */
export async function costOf<Result>(
  contestant: Contestant,
  burst: () => Promise<Result>,
): Promise<{ result: Result; usedUs: number }> {
  const before = cpuUs(contestant.pid);
  const result = await burst();
  await sleep(SETTLE_MS);
  return { result, usedUs: cpuUs(contestant.pid) - before };
}
