/**
 * The torture: a gateway under load, killed at random moments and started again on the same database, time after time;
 * and after each restart, everything that the clients were promised is looked for. What is found wrong is returned.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, seededRandom } from '../fakes/random.ts';
import { type Sent, startClients } from './clients.ts';
import { type Descendant, descendantsOf, isAlive } from './descendants.ts';
import { type GatewayProcess, spawnGateway, startGateway } from './gateway-process.ts';
import { Ledger } from './ledger.ts';
import { EVALUATOR_NAMES, openScene, type Scene } from './scene.ts';

export interface TortureOptions {
  cycles: number;
  seed: number;
  clients: number;
  /** `fast` may lose the logs of the last moments: they are counted, and nothing else is forgiven. Default `durable`. */
  durability?: 'durable' | 'fast';
  /** Cycles on one database before a new one is begun. */
  cyclesPerDatabase: number;
  /** Kills come between 20 ms and this long after the start; every fifth comes late enough to interrupt long calls. */
  longestMs: number;
  /** Told of each cycle. */
  say: (line: string) => void;
}

export interface Summary {
  cycles: number;
  calls: number;
  acknowledged: number;
  /** Logs that were promised to nobody and are not there; always 0 in `durable` mode, where it would be a problem. */
  lost: number;
  /** Long calls that were cut by a kill and are there as `interrupted`. */
  interrupted: number;
  logs: number;
  scores: number;
  /** From a start until every job was terminal, the longest. */
  settledMs: number;
  startMs: number[];
  problems: string[];
  /** Kept for inspection where something was wrong. */
  folder: string | undefined;
}

/** A call is noted as started after one second, looked for four times a second, and then committed. */
const SURELY_NOTED_MS = 1700;
const LATE_KILL_MS = [1900, 2400] as const;
const SETTLE_LIMIT_MS = 60_000;
const CHILDREN_LIMIT_MS = 5000;

export async function torture(options: TortureOptions): Promise<Summary> {
  const summary: Summary = {
    cycles: 0,
    calls: 0,
    acknowledged: 0,
    lost: 0,
    interrupted: 0,
    logs: 0,
    scores: 0,
    settledMs: 0,
    startMs: [],
    problems: [],
    folder: undefined,
  };
  const random = seededRandom(options.seed);
  const scene = await openScene();
  try {
    for (let first = 1; first <= options.cycles && summary.problems.length === 0; first += options.cyclesPerDatabase) {
      const last = Math.min(options.cycles, first + options.cyclesPerDatabase - 1);
      await onOneDatabase(scene, options, random, summary, first, last);
    }
  } finally {
    const keepFolder = summary.problems.length > 0;
    if (keepFolder) summary.folder = scene.folder;
    await scene.close({ keepFolder });
  }
  return summary;
}

interface Cycle {
  number: number;
  sent: Sent[];
  killedAtMs: number;
  line: string;
}

async function onOneDatabase(
  scene: Scene,
  options: TortureOptions,
  random: Random,
  summary: Summary,
  first: number,
  last: number,
): Promise<void> {
  const settings = { ...scene, database: scene.database(`from-${first}`), durability: options.durability };
  let before: Cycle | undefined;
  for (let number = first; number <= last && summary.problems.length === 0; number += 1) {
    // The very first start migrates, so that some kills hit a migration.
    if (number === first || random.next() < 0.1) await killWhileStarting(settings, random.between(20, 600));
    const gateway = await startGateway(settings);
    summary.startMs.push(gateway.startMs);
    try {
      if (before) verify(settings.database, before, summary, options);
      before = await oneCycle(gateway, options, random, summary, number);
    } finally {
      if (gateway.isRunning()) await gateway.kill();
    }
  }
  const gateway = await startGateway(settings);
  const startedAtMs = performance.now();
  summary.startMs.push(gateway.startMs);
  try {
    if (before) verify(settings.database, before, summary, options);
    await settle(gateway, settings.database, startedAtMs, summary, options);
  } finally {
    if (gateway.isRunning()) await gateway.kill();
  }
}

type Settings = Parameters<typeof startGateway>[0];

async function killWhileStarting(settings: Settings, afterMs: number): Promise<void> {
  const gateway = spawnGateway(settings);
  await sleep(afterMs);
  await gateway.kill();
}

async function oneCycle(
  gateway: GatewayProcess,
  options: TortureOptions,
  random: Random,
  summary: Summary,
  number: number,
): Promise<Cycle> {
  const clients = startClients({
    count: options.clients,
    seed: options.seed * 7919 + number,
    name: `${options.seed}.${number}`,
    slow: Math.ceil(options.clients / 8),
    port: () => (gateway.isRunning() ? gateway.port : undefined),
  });
  const killAfterMs = number % 5 === 0 ? random.between(...LATE_KILL_MS) : random.between(20, options.longestMs);
  await sleep(killAfterMs);
  const children = descendantsOf(gateway.pid);
  const killedAtMs = Date.now();
  await gateway.kill();
  await clients.stop();
  const left = await outlive(children);
  if (left.length > 0) summary.problems.push(`cycle ${number}: ${left.length} child processes outlived the gateway`);
  const line = `cycle ${number}: started in ${gateway.startMs.toFixed(0)} ms, killed after ${killAfterMs} ms, ${clients.sent.length} calls, ${clients.acknowledged()} acknowledged`;
  return { number, sent: clients.sent, killedAtMs, line };
}

async function outlive(children: Descendant[]): Promise<Descendant[]> {
  const deadline = Date.now() + CHILDREN_LIMIT_MS;
  while (children.some(isAlive) && Date.now() < deadline) await sleep(20);
  return children.filter(isAlive);
}

/** After the restart that followed the cycle. */
function verify(database: string, cycle: Cycle, summary: Summary, { say, durability }: TortureOptions): void {
  const { number, sent, killedAtMs, line } = cycle;
  const ledger = new Ledger(database);
  try {
    const lost = durability === 'fast' ? new Set(sent.filter((one) => ledger.isLost(one))) : new Set<Sent>();
    const problems = ledger.problemsOf(sent.filter((one) => !lost.has(one)));
    let interrupted = 0;
    for (const one of sent) {
      const ranFor = killedAtMs - one.sentAtMs;
      if (one.acknowledged || one.requestId === undefined || (one.overAtMs ?? Infinity) < killedAtMs) continue;
      const ending = ledger.find(one.requestId)[0]?.ending;
      if (ending === 'interrupted') interrupted += 1;
      else if (ending !== 'ended' && ranFor > SURELY_NOTED_MS)
        problems.push(
          `${one.marker} ran for ${ranFor} ms when the gateway was killed, and is ${ending ?? 'not there'}`,
        );
    }
    if (number % 10 === 0) problems.push(...ledger.problems(EVALUATOR_NAMES));
    summary.cycles += 1;
    summary.calls += sent.length;
    summary.acknowledged += sent.filter((one) => one.acknowledged).length;
    summary.interrupted += interrupted;
    summary.lost += lost.size;
    summary.problems.push(...problems.map((problem) => `cycle ${number}: ${problem}`));
    say(
      `${line}, ${interrupted} interrupted, ${problems.length === 0 ? `${lost.size} lost` : `${problems.length} PROBLEMS`}`,
    );
  } finally {
    ledger.close();
  }
}

/** The last restart on a database: all jobs come to their end, and the whole is sound. */
async function settle(
  gateway: GatewayProcess,
  database: string,
  startedAtMs: number,
  summary: Summary,
  { say }: TortureOptions,
): Promise<void> {
  const ledger = new Ledger(database);
  try {
    while (ledger.openJobs() > 0 && performance.now() - startedAtMs < SETTLE_LIMIT_MS) await sleep(100);
    const settledMs = performance.now() - startedAtMs;
    const open = ledger.openJobs();
    if (open > 0) summary.problems.push(`${open} jobs are still open ${SETTLE_LIMIT_MS / 1000} s after the restart`);
    if (ledger.deadJobs() > 0) summary.problems.push(`${ledger.deadJobs()} jobs ended as dead letters`);
    summary.problems.push(...ledger.problems(EVALUATOR_NAMES));
    const integrity = ledger.integrity();
    if (integrity !== 'ok') summary.problems.push(`integrity_check: ${integrity}`);
    const counts = ledger.counts();
    if (counts.started > 0) summary.problems.push(`${counts.started} calls are still noted as started`);
    summary.settledMs = Math.max(summary.settledMs, settledMs);
    summary.logs += counts.logs;
    summary.scores += counts.scores;
    say(
      `settled ${(settledMs / 1000).toFixed(1)} s after the restart: ${counts.logs} logs, ${counts.scores} scores, integrity ${integrity}`,
    );
  } finally {
    ledger.close();
  }
  const code = await gateway.end();
  if (code !== 0) summary.problems.push(`the gateway ended with ${code} on SIGTERM: ${gateway.output().slice(-500)}`);
}
