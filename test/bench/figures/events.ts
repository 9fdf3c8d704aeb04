/** CPU of one event of a stream: many streams of 100 events with 10 ms between them, heads and ends included. */
import type { Contestant } from '../contestants/contestant.ts';
import { type Bench, type Figure, ratio, type Row, times } from '../figure.ts';
import { distribution } from '../numbers.ts';
import { requestBytes } from '../payloads.ts';
import { costOf, interleave, withContestants } from '../rounds.ts';

const STREAMS = 100;
const EVENTS = 100;
const GAP_MS = 10;

interface Burst {
  cpuUs: number;
  delayP99Us: number;
}

export const events: Figure = {
  name: 'events',
  title: `CPU per stream event (${STREAMS} streams at once, ${EVENTS} events each, ${GAP_MS} ms apart)`,
  run: (bench) =>
    withContestants(bench, 'events', ['nginx', 'durable', 'fast'], async (contestants) => {
      const burstMs = bench.quick ? 0 : 2500;
      const results = await interleave(
        contestants,
        bench.rounds(5),
        (contestant) => burst(bench, contestant, burstMs),
        (contestant) => burst(bench, contestant, burstMs),
      );
      return rowsOf(results);
    }),
};

async function burst({ generator, quick }: Bench, contestant: Contestant, againForMs: number): Promise<Burst> {
  const { port, headers } = contestant;
  const count = quick ? 30 : EVENTS;
  const { result, usedUs } = await costOf(contestant, () =>
    generator.run({
      kind: 'streams',
      port,
      request: requestBytes(port, { events: count, gapMs: GAP_MS }, headers),
      streams: STREAMS,
      rampMs: 100,
      againForMs,
      events: count,
    }),
  );
  return { cpuUs: usedUs / result.events, delayP99Us: result.delayUs.p99 };
}

function rowsOf(results: ReadonlyMap<string, Burst[]>): Row[] {
  const cpu = (name: string): number[] => (results.get(name) ?? []).map(({ cpuUs }) => cpuUs);
  const nginx = cpu('nginx');
  const rows: Row[] = [...results.keys()].map((name) => ({
    measure: `events: ${name}`,
    unit: 'µs/event',
    values: cpu(name),
    compared: name === 'nginx' ? '' : times(ratio(cpu(name), nginx), 'nginx'),
  }));
  const durable = rows.find(({ measure }) => measure === 'events: durable')!;
  durable.goal = { text: 'at most 2.2 x nginx', actual: ratio(durable.values, nginx), most: 2.2 };
  for (const [name, bursts] of results)
    rows.push({
      measure: `events: delay p99 ${name}`,
      unit: 'ms',
      values: [distribution(Float64Array.from(bursts, ({ delayP99Us }) => delayP99Us)).p50 / 1000],
    });
  return rows;
}
