/** 2,000 streams open at once, 20 events a second each: memory of a stream, and how long an event is held up. */
import type { Contestant } from '../contestants/contestant.ts';
import { nginxProgram } from '../contestants/nginx.ts';
import { type Bench, type Figure, type Row } from '../figure.ts';
import type { StreamsResult } from '../generator/streams.ts';
import { median } from '../numbers.ts';
import { requestBytes } from '../payloads.ts';
import { memoryOf } from '../process-tree.ts';
import { type ContestantName, interleave, withContestants } from '../rounds.ts';

const GAP_MS = 50;
const LOOK_EVERY_MS = 200;
const MOST_DELAY_MS = 30;

interface Size {
  streams: number;
  events: number;
  rampMs: number;
}

interface Burst {
  result: StreamsResult;
  bytesPerStream: number;
}

const FULL: Size = { streams: 2000, events: 100, rampMs: 1500 };
const QUICK: Size = { streams: 200, events: 20, rampMs: 200 };
const WARM: Size = { streams: 100, events: 20, rampMs: 100 };

export const streams: Figure = {
  name: 'streams',
  title: `${FULL.streams} open streams (--quick: ${QUICK.streams}) of ${1000 / GAP_MS} events a second each`,
  async run(bench) {
    const size = bench.quick ? QUICK : FULL;
    const names: ContestantName[] = ['direct', 'nginx', 'durable', 'fast'];
    const there = names.filter((name) => name !== 'nginx' || nginxProgram() !== undefined);
    return withContestants(bench, 'streams', there, async (contestants) => {
      const results = await interleave(
        contestants,
        bench.rounds(3),
        (contestant) => burst(bench, contestant, WARM),
        (contestant) => burst(bench, contestant, size),
      );
      return rowsOf(results, size);
    });
  },
};

async function burst({ generator }: Bench, contestant: Contestant, size: Size): Promise<Burst> {
  const { port, pid, headers } = contestant;
  const before = memoryOf(pid).rssBytes;
  let highest = 0;
  const look = (): void => {
    highest = Math.max(highest, memoryOf(pid).rssBytes);
  };
  const looking = setInterval(look, LOOK_EVERY_MS);
  try {
    const request = requestBytes(port, { events: size.events, gapMs: GAP_MS }, headers);
    const result = await generator.run({ kind: 'streams', port, request, ...size, againForMs: 0 });
    return { result, bytesPerStream: (highest - before) / size.streams };
  } finally {
    clearInterval(looking);
  }
}

function rowsOf(results: ReadonlyMap<string, Burst[]>, { streams: count }: Size): Row[] {
  const rows: Row[] = [];
  const directMs = median(results.get('direct')!.map(({ result }) => result.delayUs.p99 / 1000));
  const doubt =
    directMs > MOST_DELAY_MS / 2
      ? `without a gateway the p99 is ${directMs.toFixed(1)} ms: the machine cannot make so many events`
      : undefined;
  for (const [name, bursts] of results) {
    const delays = bursts.map(({ result }) => result.delayUs.p99 / 1000);
    const memory = bursts.map(({ bytesPerStream }) => bytesPerStream / 1000);
    const judged = name === 'durable';
    rows.push({
      measure: `streams: delay p99 ${name}`,
      unit: 'ms',
      values: delays,
      goal: judged
        ? { text: `under ${MOST_DELAY_MS} ms`, actual: median(delays), most: MOST_DELAY_MS, doubt }
        : undefined,
    });
    if (name === 'direct') continue;
    // Later rounds find the memory of earlier ones still with the process: the first is what streams take.
    rows.push({
      measure: `streams: memory each ${name} (first round, ${count})`,
      unit: 'kB',
      values: memory.slice(0, 1),
      goal: judged ? { text: 'under 100 kB', actual: memory[0]!, most: 100 } : undefined,
    });
  }
  return rows;
}
