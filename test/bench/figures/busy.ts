/**
 * How far the proxy's p99 moves while the shipped evaluators run flat out and a query scans a million logs: two gateways on
 * equal databases, one of them without either. A direct call is measured in both states, too: on a machine of few cores the
 * generator and the upstream wait for a core themselves, which no gateway can change.
 */
import { copyFileSync, mkdirSync, readdirSync } from 'node:fs';
import { join, parse } from 'node:path';
import Database from 'better-sqlite3';
import { openStore } from '../../../src/store/open.ts';
import type { Contestant } from '../contestants/contestant.ts';
import { databaseIn, startGradeway } from '../contestants/gradeway.ts';
import { type Bench, type Figure, type Row } from '../figure.ts';
import { fullLog } from '../logs.ts';
import { databaseOf } from '../million.ts';
import { median } from '../numbers.ts';
import { requestBytes } from '../payloads.ts';
import { seeded } from '../random.ts';
import { startScan } from '../scan.ts';
import { steadyLoad } from './latency.ts';

interface Size {
  logs: number;
  /** Logs whose evaluations are waiting when a busy part begins. */
  backlog: number;
  burstMs: number;
}

const FULL: Size = { logs: 1_000_000, backlog: 60_000, burstMs: 4000 };
const QUICK: Size = { logs: 20_000, backlog: 2000, burstMs: 500 };
const BATCH = 500;
const SHIPPED = join(import.meta.dirname, '..', '..', '..', 'evaluators');

interface Round {
  directQuietMs: number;
  quietMs: number;
  directBusyMs: number;
  busyMs: number;
  scans: number;
  /** Jobs that were waiting at its end: above 0 the evaluators had no pause in it. */
  waiting: number;
}

export const busy: Figure = {
  name: 'busy',
  title: 'p99 at 500 requests/s with evaluators flat out and a query scanning a million logs',
  async run(bench) {
    const size = bench.quick ? QUICK : FULL;
    const made = await databaseOf(bench.cache, size.logs, (text) => bench.note(text));
    for (const name of ['quiet', 'busy'] as const) {
      mkdirSync(folderOf(bench, name), { recursive: true });
      copyFileSync(made, databaseIn(folderOf(bench, name)));
    }
    const quiet = await start(bench, 'quiet');
    try {
      await warm(bench, quiet, size);
      const results: Round[] = [];
      for (let round = 0; round < bench.rounds(5); round += 1) results.push(await oneRound(bench, quiet, size, round));
      return rowsOf(results);
    } finally {
      await quiet.close();
    }
  },
};

function folderOf(bench: Bench, name: string): string {
  return join(bench.folder, 'busy', name);
}

function start(bench: Bench, name: 'quiet' | 'busy'): Promise<Contestant> {
  const { port: upstreamPort } = bench.upstream;
  const evaluators = name === 'busy';
  return startGradeway({ name, folder: folderOf(bench, name), upstreamPort, durability: 'durable', evaluators });
}

async function warm({ generator }: Bench, { port }: Contestant, { burstMs }: Size): Promise<void> {
  const request = requestBytes(port, 'json');
  await generator.run({ kind: 'closed', port, request, connections: 16, ms: burstMs });
}

async function oneRound(bench: Bench, quiet: Contestant, size: Size, round: number): Promise<Round> {
  const p99Ms = async (contestant: Contestant): Promise<number> =>
    (await steadyLoad(bench, contestant, size.burstMs)).latencyUs.p99 / 1000;
  const path = databaseIn(folderOf(bench, 'busy'));
  const directQuietMs = await p99Ms(bench.upstream);
  const quietMs = await p99Ms(quiet);
  // Filled before the gateway starts: the evaluators work off faster than anything could add meanwhile.
  await fillBacklog(path, size.backlog, round);
  const loaded = await start(bench, 'busy');
  try {
    await warm(bench, loaded, size);
    const scan = await startScan(path);
    const busyMs = await p99Ms(loaded);
    const waiting = waitingJobs(path);
    const directBusyMs = await p99Ms(bench.upstream);
    return { directQuietMs, quietMs, directBusyMs, busyMs, waiting, scans: await scan.stop() };
  } finally {
    await loaded.close();
  }
}

/** Logs of ordinary size that every shipped evaluator still has to look at. */
async function fillBacklog(path: string, logs: number, seed: number): Promise<void> {
  const evaluators = readdirSync(SHIPPED).map((file) => parse(file).name);
  const random = seeded(seed);
  const store = await openStore({ engine: 'sqlite', path });
  try {
    for (let made = 0; made < logs; made += BATCH) {
      const nowMs = Date.now();
      const batch = Array.from({ length: BATCH }, () => ({ ...fullLog(random, nowMs), evaluators }));
      await store.logs.add(batch, nowMs);
    }
  } finally {
    await store.close();
  }
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
  const above = (proxy: number[], direct: number[]): number[] => [median(proxy) - median(direct)];
  const [addedQuiet, addedBusy] = [above(of('quietMs'), of('directQuietMs')), above(of('busyMs'), of('directBusyMs'))];
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
    { measure: 'busy: durable p99 above direct, quiet', unit: 'ms', values: addedQuiet },
    {
      measure: 'busy: durable p99 above direct, busy',
      unit: 'ms',
      values: addedBusy,
      compared: sign(percent(addedQuiet, addedBusy)),
    },
    { measure: 'busy: scans of all logs in a round', unit: '', values: of('scans') },
    { measure: 'busy: jobs still waiting at the end of a round', unit: '', values: of('waiting') },
  ];
}
