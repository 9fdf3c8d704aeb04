/**
 * How far the proxy's p99 moves while the shipped evaluators run flat out on every log and a query scans a million logs:
 * two gateways on equal databases, one of them without either. A direct call is measured in both states, too: on a machine
 * of few cores the generator and the upstream wait for a core themselves, which no gateway can change.
 */
import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { sleep } from '../clock.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { databaseIn, startGradeway } from '../contestants/gradeway.ts';
import { type Bench, type Figure, type Row } from '../figure.ts';
import { databaseOf } from '../million.ts';
import { median } from '../numbers.ts';
import { requestBytes } from '../payloads.ts';
import { startScan } from '../scan.ts';
import { steadyLoad } from './latency.ts';

interface Round {
  directQuietMs: number;
  quietMs: number;
  directBusyMs: number;
  busyMs: number;
  scans: number;
  /** Jobs that were waiting when the busy part ended: above 0 the evaluators never had a pause. */
  waiting: number;
}

export const busy: Figure = {
  name: 'busy',
  title: 'p99 at 500 requests/s with evaluators flat out and a query scanning a million logs',
  async run(bench) {
    const [logs, burstMs] = bench.quick ? [20_000, 500] : [1_000_000, 4000];
    const made = await databaseOf(bench.cache, logs, (text) => bench.note(text));
    const quiet = await start(bench, 'quiet', made);
    try {
      const loaded = await start(bench, 'busy', made);
      try {
        for (const gateway of [quiet, loaded]) await steadyLoad(bench, gateway, burstMs / 2);
        const results: Round[] = [];
        for (let round = 0; round < bench.rounds(5); round += 1)
          results.push(await oneRound(bench, { quiet, loaded }, burstMs));
        return rowsOf(results);
      } finally {
        await loaded.close();
      }
    } finally {
      await quiet.close();
    }
  },
};

function folderOf(bench: Bench, name: string): string {
  return join(bench.folder, 'busy', name);
}

async function start(bench: Bench, name: 'quiet' | 'busy', made: string): Promise<Contestant> {
  const folder = folderOf(bench, name);
  mkdirSync(folder, { recursive: true });
  copyFileSync(made, databaseIn(folder));
  const { port: upstreamPort } = bench.upstream;
  return startGradeway({ name, folder, upstreamPort, durability: 'durable', evaluators: name === 'busy' });
}

async function oneRound(
  bench: Bench,
  { quiet, loaded }: { quiet: Contestant; loaded: Contestant },
  ms: number,
): Promise<Round> {
  const p99Ms = async (contestant: Contestant): Promise<number> =>
    (await steadyLoad(bench, contestant, ms)).latencyUs.p99 / 1000;
  const path = databaseIn(folderOf(bench, 'busy'));
  await idle(path);
  const directQuietMs = await p99Ms(bench.upstream);
  const quietMs = await p99Ms(quiet);
  // A backlog, so that the evaluators have work for the whole of the measurement and not only as it comes in.
  await backlog(bench, loaded, ms);
  const scan = await startScan(path);
  const busyMs = await p99Ms(loaded);
  const directBusyMs = await p99Ms(bench.upstream);
  return { directQuietMs, quietMs, directBusyMs, busyMs, waiting: waitingJobs(path), scans: await scan.stop() };
}

async function backlog({ generator }: Bench, { port }: Contestant, ms: number): Promise<void> {
  const request = requestBytes(port, 'json');
  await generator.run({ kind: 'closed', port, request, connections: 64, ms: ms / 2 });
}

/** Waits until the evaluators have done what the last round left them. */
async function idle(path: string): Promise<void> {
  while (waitingJobs(path) > 0) await sleep(200);
}

function waitingJobs(path: string): number {
  const database = new Database(path, { readonly: true });
  try {
    return database.prepare('select count(*) from jobs where due_at_ms is not null').pluck().get() as number;
  } finally {
    database.close();
  }
}

function rowsOf(results: readonly Round[]): Row[] {
  const of = (name: keyof Round): number[] => results.map((round) => round[name]);
  const percent = (from: number[], to: number[]): number => (median(to) / median(from) - 1) * 100;
  const moved = percent(of('quietMs'), of('busyMs'));
  const sign = (value: number): string => `${value >= 0 ? '+' : ''}${value.toFixed(0)} %`;
  return [
    { measure: 'busy: direct p99, quiet', unit: 'ms', values: of('directQuietMs') },
    {
      measure: 'busy: direct p99, busy',
      unit: 'ms',
      values: of('directBusyMs'),
      compared: sign(percent(of('directQuietMs'), of('directBusyMs'))),
    },
    { measure: 'busy: durable p99, quiet', unit: 'ms', values: of('quietMs') },
    {
      measure: 'busy: durable p99, busy',
      unit: 'ms',
      values: of('busyMs'),
      compared: sign(moved),
      goal: { text: 'moved by less than 10 %', actual: moved, most: 10 },
    },
    { measure: 'busy: scans of all logs in a round', unit: '', values: of('scans') },
    { measure: 'busy: jobs still waiting at the end of a round', unit: '', values: of('waiting') },
  ];
}
