/** What a contestant adds to the latency of a direct call at 500 requests a second, in both modes of durability. */
import type { Contestant } from '../contestants/contestant.ts';
import { nginxProgram } from '../contestants/nginx.ts';
import { type Bench, type Figure, type Goal, type Row } from '../figure.ts';
import type { OpenLoopResult } from '../generator/open-loop.ts';
import { median } from '../numbers.ts';
import { requestBytes } from '../payloads.ts';
import { type ContestantName, interleave, withContestants } from '../rounds.ts';

export const RATE_PER_SECOND = 500;

/** Milliseconds, from the design's measurements: p50 and p99 above a direct call. */
const GOALS: Record<string, [p50: number, p99: number]> = { durable: [2, 8], fast: [0.5, 3] };

export const latency: Figure = {
  name: 'latency',
  title: `Latency at ${RATE_PER_SECOND} requests/s, counted from when a request was due`,
  async run(bench) {
    // nginx is no goal here: it shows what an extra hop costs on this machine.
    const names: ContestantName[] = ['direct', 'nginx', 'durable', 'fast'];
    const there = names.filter((name) => name !== 'nginx' || nginxProgram() !== undefined);
    return withContestants(bench, 'latency', there, async (contestants) => {
      const [warmMs, burstMs] = bench.quick ? [300, 500] : [3000, 4000];
      const results = await interleave(
        contestants,
        bench.rounds(5),
        (contestant) => steadyLoad(bench, contestant, warmMs),
        (contestant) => steadyLoad(bench, contestant, burstMs),
      );
      return rowsOf(results);
    });
  },
};

export function steadyLoad({ generator }: Bench, { port, headers }: Contestant, ms: number): Promise<OpenLoopResult> {
  const request = requestBytes(port, 'json', headers);
  return generator.run({ kind: 'open', port, request, ratePerSecond: RATE_PER_SECOND, ms });
}

function rowsOf(results: ReadonlyMap<string, OpenLoopResult[]>): Row[] {
  const ms = (name: string, which: 'p50' | 'p99'): number[] =>
    results.get(name)!.map(({ latencyUs }) => latencyUs[which] / 1000);
  const rows: Row[] = [];
  for (const name of results.keys())
    for (const which of ['p50', 'p99'] as const) {
      const values = ms(name, which);
      const direct = median(ms('direct', which));
      const added = median(values) - direct;
      const compared = name === 'direct' ? '' : `${added >= 0 ? '+' : ''}${added.toFixed(3)} ms`;
      const most = GOALS[name]?.[which === 'p50' ? 0 : 1];
      rows.push({
        measure: `latency: ${name} ${which}`,
        unit: 'ms',
        values,
        compared,
        goal: goalOf(most, added, direct),
      });
    }
  const late = [...results.values()].flat().map(({ latenessUs }) => latenessUs.p99 / 1000);
  rows.push({ measure: 'latency: the generator itself late, p99', unit: 'ms', values: late });
  return rows;
}

function goalOf(most: number | undefined, added: number, direct: number): Goal | undefined {
  if (most === undefined) return undefined;
  // What is subtracted must be small against the goal, or the difference says more of the machine than of the gateway.
  const doubt =
    direct > most / 2 ? `a direct call itself took ${direct.toFixed(2)} ms: the machine is too busy` : undefined;
  return { text: `under ${most} ms added`, actual: added, most, doubt };
}
