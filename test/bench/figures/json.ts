/** CPU of a proxied JSON request at saturation, with five properties: the whole process tree, all threads. */
import type { Contestant } from '../contestants/contestant.ts';
import { type Bench, type Figure, ratio, type Row, times } from '../figure.ts';
import { median } from '../numbers.ts';
import { requestBytes } from '../payloads.ts';
import { costOf, interleave, withContestants } from '../rounds.ts';

const CONNECTIONS = 64;

interface Burst {
  cpuUs: number;
  requestsPerSecond: number;
}

export const json: Figure = {
  name: 'json',
  title: 'CPU per JSON request at saturation (five properties, 64 connections)',
  run: (bench) =>
    withContestants(bench, 'json', ['direct', 'nginx', 'durable', 'fast', 'portkey'], async (contestants) => {
      // V8 goes on compiling for the first 40,000 requests or so: their cost falls by a quarter over them.
      const [warmMs, burstMs] = bench.quick ? [200, 400] : [6000, 3000];
      const results = await interleave(
        contestants,
        bench.rounds(5),
        (contestant) => burst(bench, contestant, warmMs),
        (contestant) => burst(bench, contestant, burstMs),
      );
      return rowsOf(results);
    }),
};

async function burst({ generator }: Bench, contestant: Contestant, ms: number): Promise<Burst> {
  const { port, headers } = contestant;
  const request = requestBytes(port, 'json', headers);
  const { result, usedUs } = await costOf(contestant, () =>
    generator.run({ kind: 'closed', port, request, connections: CONNECTIONS, ms }),
  );
  return { cpuUs: usedUs / result.requests, requestsPerSecond: (result.requests * 1000) / result.tookMs };
}

function rowsOf(results: ReadonlyMap<string, Burst[]>): Row[] {
  const cpu = (name: string): number[] => (results.get(name) ?? []).map(({ cpuUs }) => cpuUs);
  const [nginx, portkey, durable] = [cpu('nginx'), cpu('portkey'), cpu('durable')];
  const rows: Row[] = ['nginx', 'durable', 'fast', 'portkey'].map((name) => ({
    measure: `json: ${name}`,
    unit: 'µs/request',
    values: cpu(name),
    compared: name === 'nginx' ? '' : times(ratio(cpu(name), nginx), 'nginx'),
  }));
  rows[1]!.goal = { text: 'at most 4.5 x nginx', actual: ratio(durable, nginx), most: 4.5 };
  const lessThanPortkey = ratio(portkey, durable);
  rows.push({
    measure: 'json: portkey / durable',
    unit: 'x',
    values: [lessThanPortkey],
    goal: { text: 'at least 8', actual: lessThanPortkey, least: 8 },
  });
  for (const [name, bursts] of results)
    rows.push({
      measure: `json: throughput ${name}`,
      unit: 'requests/s',
      values: [median(bursts.map(({ requestsPerSecond }) => requestsPerSecond))],
    });
  return rows;
}
