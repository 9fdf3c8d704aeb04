/**
 * The power fails: what the disk has is all that was synced, and a torn rest. Played by copying the database of a frozen
 * gateway with its write-ahead log cut where it ended when the last clients saw their ends, and garbage behind that.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, it } from 'vitest';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { seededRandom } from '../fakes/random.ts';
import { startClients } from '../torture/clients.ts';
import { Ledger } from '../torture/ledger.ts';
import { gatewayIn, say, scene } from './real-gateway.ts';

describe('a cut of power', () => {
  it('loses nothing that a client saw the end of', { timeout: 120_000 }, async () => {
    const random = seededRandom(11);
    const at = await scene();
    for (let cut = 1; cut <= 10; cut += 1) {
      const database = at.database(`cut-${cut}`);
      const gateway = await gatewayIn(at, { database });
      const wal = `${database}-wal`;
      const clients = startClients({
        count: 4,
        seed: cut,
        name: `power.${cut}`,
        slow: 0,
        pauseMs: 10,
        port: () => (gateway.isRunning() ? gateway.port : undefined),
      });
      await sleep(random.between(50, 900));
      const checkpointAtMs = statSync(database).mtimeMs;
      const promised = clients.sent.filter((one) => one.acknowledged);
      const { size } = statSync(wal);
      await sleep(random.between(0, 40));
      gateway.signal('SIGSTOP');
      await sleep(20);
      const copy = join(at.folder, `copy-${cut}.db`);
      copyFileSync(database, copy);
      // Of what was written after that moment a part may have reached the disk, and a part of that as garbage.
      const written = readFileSync(wal);
      // What has been moved into the database since then had been synced before: that is how a checkpoint begins.
      const least = statSync(database).mtimeMs === checkpointAtMs ? size : written.length;
      const survived = written.subarray(0, random.between(least, written.length));
      writeFileSync(`${copy}-wal`, Buffer.concat([survived, random.bytes(random.between(0, 9000))]));

      const opened = openConnection(copy);
      expect(opened.pragma('integrity_check', { simple: true })).toBe('ok');
      opened.close();
      const ledger = new Ledger(copy);
      expect(ledger.problemsOf(promised)).toEqual([]);
      expect(ledger.problems(['answer-length', 'ended', 'ending'])).toEqual([]);
      ledger.close();
      gateway.signal('SIGCONT');
      await gateway.kill();
      await clients.stop();
    }
  });

  it('is provided for in each commit: synchronous is FULL, and stays so', async () => {
    const at = await scene();
    const gateway = await gatewayIn(at);
    await say(gateway);
    // What the writer sets and checks before it takes its first row; it never sets it again.
    const connection = openConnection(at.database());
    expect(connection.pragma('synchronous', { simple: true })).toBe(2);
    expect(new Database(at.database()).pragma('journal_mode', { simple: true })).toBe('wal');
    connection.close();
  });
});

// Wherever the system allows one process to trace another, the order of system calls is looked at, too.
const CAN_TRACE =
  existsSync('/usr/bin/strace') && spawnSync('strace', ['-o', '/dev/null', 'true'], { stdio: 'ignore' }).status === 0;

it.runIf(CAN_TRACE)('is synced before each answer ends', { timeout: 60_000 }, async () => {
  // Without evaluators nothing but logs is committed.
  const at = await scene({ evaluators: {} });
  const trace = join(at.folder, 'trace');
  const gateway = await gatewayIn(at);
  const tracer = await traced(gateway.pid, trace);
  const said = [];
  for (let index = 0; index < 5; index += 1) said.push(await say(gateway, 'chunked'));
  await tracer.stop();
  await gateway.end();
  const lines = readFileSync(trace, 'utf8').split('\n');
  const synced = lines.flatMap((line, index) => (/f(data)?sync\(\d+<[^>]*a\.db-wal>/.test(line) ? [index] : []));
  for (const { requestId } of said) {
    const head = lines.findIndex((line) => line.includes(`Helicone-Id: ${requestId}`));
    expect(head).toBeGreaterThan(0);
    // The last chunk's terminator: on its own, or at the end of what is written.
    const end = lines.findIndex((line, index) => index >= head && /"(?:.*\\r\\n)?0\\r\\n\\r\\n"/.test(line));
    expect(end).toBeGreaterThan(0);
    const before = synced.filter((index) => index < end);
    const previousEnd = lines.findLastIndex((line, index) => index < head && /0\\r\\n\\r\\n"/.test(line));
    expect(before.some((index) => index > previousEnd)).toBe(true);
  }
});

/** Traces the system calls that write and sync of a process and all its threads. */
async function traced(pid: number, file: string): Promise<{ stop(): Promise<void> }> {
  const calls = 'trace=fsync,fdatasync,write,writev,sendto,sendmsg';
  const strace = spawn('strace', ['-f', '-y', '-s', '600', '-e', calls, '-o', file, '-p', String(pid)]);
  const gone = once(strace, 'exit');
  let said = '';
  await new Promise<void>((resolve, reject) => {
    strace.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      if (said.includes('attached')) resolve();
    });
    void gone.then(() => reject(new Error(`strace ended: ${said}`)));
  });
  // The threads are attached one by one.
  await sleep(500);
  return {
    async stop() {
      strace.kill('SIGTERM');
      await gone;
    },
  };
}
