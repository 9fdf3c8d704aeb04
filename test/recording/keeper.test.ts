/** The keeper on a real store that another connection locks, and with logs that no store takes. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { describe, expect, it, onTestFinished } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { Keeper } from '../../src/recording/keeper.ts';
import type { RecorderState, RecorderThreadData } from '../../src/recording/recorder-messages.ts';
import { Spool } from '../../src/recording/spool.ts';
import { openWriter, type StoreWriter } from '../../src/store/open-writer.ts';
import type { NewLog } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

interface Opened {
  keeper: Keeper;
  writer: StoreWriter;
  path: string;
  states: RecorderState[];
  /** Ids of the logs in the store, by the order of their commit. */
  stored: () => string[];
  /** Locks the store against writing until called. */
  lock: () => () => void;
  close: () => Promise<void>;
}

async function open(folder: string, changes: Partial<RecorderThreadData> = {}): Promise<Opened> {
  const path = join(folder, 'a.db');
  const location = { engine: 'sqlite', path } as const;
  const replica = newId();
  const writer = await openWriter(location, { replica, onJobs: () => {} });
  const data = { location, replica, spoolFileBytes: 1 << 24, spoolMemoryBytes: 1 << 20, ...changes };
  const states: RecorderState[] = [];
  const keeper = new Keeper(writer, data, (state) => states.push(state));
  const other = new Database(path);
  let isOpen = true;
  const close = async (): Promise<void> => {
    if (!isOpen) return;
    isOpen = false;
    await keeper.close();
    await writer.close();
  };
  onTestFinished(async () => {
    other.close();
    await close();
  });
  return {
    keeper,
    writer,
    path,
    states,
    stored: () =>
      (other.prepare('select lower(hex(id)) from logs order by seq').pluck().all() as string[]).map((hex) =>
        hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5'),
      ),
    lock() {
      other.exec('begin immediate');
      return () => other.exec('rollback');
    },
    close,
  };
}

const idsOf = (logs: readonly NewLog[]): string[] => logs.map(({ id }) => id);
const some = (count: number): NewLog[] => Array.from({ length: count }, () => newLog());
/** No table takes it: the column may not be null. */
const poison = (): NewLog => newLog({ upstream: null as unknown as string });

async function until(holds: () => boolean): Promise<void> {
  for (let left = 500; !holds() && left > 0; left -= 1) await sleep(20);
  expect(holds()).toBe(true);
}

describe('the keeper', () => {
  it('commits what it is given', async () => {
    const { keeper, stored } = await open(temporaryFolder());
    const logs = some(3);
    await keeper.keep(logs, []);
    expect(stored()).toEqual(idsOf(logs));
    expect(keeper.state()).toMatchObject({ place: 'store', stored: 3, spooled: 0, waiting: 0 });
  });

  it('spools while the store is locked, says so, and brings everything back once', async () => {
    const { keeper, stored, lock, states, path } = await open(temporaryFolder());
    const unlock = lock();
    const logs = some(450);
    await keeper.keep(logs.slice(0, 150), []);
    expect(keeper.state()).toMatchObject({
      place: 'file',
      spooled: 150,
      waiting: 150,
      reason: expect.stringContaining('SQLITE_BUSY'),
    });
    await keeper.keep(logs.slice(150), []);
    expect(stored()).toEqual([]);
    unlock();
    await until(() => keeper.state().waiting === 0);
    expect(stored()).toEqual(idsOf(logs));
    expect(keeper.state()).toMatchObject({
      place: 'store',
      reason: null,
      stored: 450,
      spooled: 450,
      dropped: 0,
      spoolBytes: 0,
    });
    expect(states.map(({ place }) => place)).toEqual(['file', 'store', 'store']);
    const after = some(1);
    await keeper.keep(after, []);
    expect(stored().at(-1)).toBe(after[0]!.id);
    expect(readdirSync(join(path, '..')).filter((name) => name.includes('.spool')).length).toBe(1);
  });

  it('comes back while calls go on without a pause', async () => {
    const { keeper, stored, lock } = await open(temporaryFolder());
    const unlock = lock();
    const kept: string[] = [];
    const flow = { on: true };
    // Each waits for the one before, so that there is always exactly one on its way.
    const flowing = Array.from({ length: 4 }, async () => {
      while (flow.on) {
        const logs = some(2);
        kept.push(...idsOf(logs));
        await keeper.keep(logs, []);
        await sleep(1);
      }
    });
    await until(() => keeper.state().spooled > 20);
    unlock();
    await until(() => keeper.state().place === 'store' && keeper.state().waiting === 0);
    flow.on = false;
    await Promise.all(flowing);
    await until(() => keeper.state().waiting === 0);
    expect(stored().sort()).toEqual(kept.sort());
  });

  it('fails over again when the store fails while it comes back', async () => {
    const { keeper, stored, lock } = await open(temporaryFolder());
    let unlock = lock();
    const first = some(5);
    await keeper.keep(first, []);
    unlock();
    await until(() => keeper.state().place === 'store');
    unlock = lock();
    const second = some(5);
    await keeper.keep(second, []);
    expect(keeper.state().place).toBe('file');
    unlock();
    await until(() => keeper.state().waiting === 0 && keeper.state().place === 'store');
    expect(stored()).toEqual(idsOf([...first, ...second]));
  });

  it('drops beyond its bounds, counts exactly, and recovers', async () => {
    const { keeper, stored, lock } = await open(temporaryFolder(), { spoolFileBytes: 20_000, spoolMemoryBytes: 5000 });
    const unlock = lock();
    const logs = some(60);
    for (const log of logs) await keeper.keep([log], []);
    const { spooled, dropped, place, waiting } = keeper.state();
    expect(place).toBe('dropped');
    expect(spooled).toBeGreaterThan(5);
    expect(spooled + dropped).toBe(60);
    expect(waiting).toBe(spooled);
    unlock();
    await until(() => keeper.state().place === 'store' && keeper.state().waiting === 0);
    expect(stored()).toEqual(idsOf(logs.slice(0, spooled)));
    expect(keeper.state()).toMatchObject({ stored: spooled, dropped });
  });

  it('lets one log that the store refuses hold up no other, and keeps it in a file beside', async () => {
    const { keeper, stored, path } = await open(temporaryFolder());
    const [before, refused, after] = [some(3), poison(), some(3)];
    await keeper.keep([...before, refused, ...after], []);
    expect(stored()).toEqual(idsOf([...before, ...after]));
    expect(keeper.state()).toMatchObject({ place: 'store', stored: 6, rejected: 1, dropped: 0 });
    const lines = readFileSync(`${path}.rejected`, 'utf8').trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const line = JSON.parse(lines[0]!) as { reason: string; log: { id: string; responseBody: string } };
    expect(line.reason).toContain('NOT NULL');
    expect(line.log.id).toBe(refused.id);
    expect(Buffer.from(line.log.responseBody, 'base64')).toEqual(refused.responseBody);
  });

  it('lets a refused log in the spool hold up no other either', async () => {
    const { keeper, stored, lock } = await open(temporaryFolder());
    const unlock = lock();
    const [before, after] = [some(10), some(10)];
    await keeper.keep([...before, poison(), poison(), ...after], []);
    unlock();
    await until(() => keeper.state().waiting === 0);
    expect(stored()).toEqual(idsOf([...before, ...after]));
    expect(keeper.state()).toMatchObject({ place: 'store', stored: 20, rejected: 2 });
  });

  it('counts a refused log as dropped where the file beside is full', async () => {
    const { keeper } = await open(temporaryFolder(), { spoolFileBytes: 2000 });
    await keeper.keep([poison(), poison(), poison()], []);
    const { rejected, dropped } = keeper.state();
    expect(rejected).toBeGreaterThan(0);
    expect(rejected + dropped).toBe(3);
    expect(dropped).toBeGreaterThan(0);
  });

  it.each([
    { name: 'stored', log: () => newLog() },
    { name: 'refused', log: poison },
  ])('removes the note of a started call whose log was $name', async ({ log }) => {
    const { keeper, writer } = await open(temporaryFolder());
    const one = log();
    keeper.start({ id: one.id, replica: newId(), log: Buffer.from('noted') });
    expect(await writer.call('orphans', newId())).toHaveLength(1);
    await keeper.keep([one], [one.id]);
    await until(() => keeper.state().waiting === 0);
    await sleep(50);
    expect(await writer.call('orphans', newId())).toEqual([]);
  });

  it('removes the notes of started calls that were spooled, with their logs', async () => {
    const { keeper, writer, lock, stored } = await open(temporaryFolder());
    const logs = some(3);
    for (const { id } of logs) keeper.start({ id, replica: newId(), log: Buffer.from('noted') });
    expect(await writer.call('orphans', newId())).toHaveLength(3);
    const unlock = lock();
    await keeper.keep(logs, idsOf(logs));
    unlock();
    await until(() => keeper.state().place === 'store');
    expect(stored()).toHaveLength(3);
    expect(await writer.call('orphans', newId())).toEqual([]);
  });

  it('leaves in the file what the store does not take before the end, for the next process', async () => {
    const folder = temporaryFolder();
    const first = await open(folder);
    first.lock();
    const logs = some(4);
    await first.keeper.keep(logs, []);
    await first.keeper.close();
    const second = await open(temporaryFolder());
    expect(second.keeper.state().waiting).toBe(0);
    const spool = new Spool({ database: first.path, replica: newId(), fileBytes: 1, memoryBytes: 1 });
    expect(idsOf(spool.peek(10, 1 << 20).logs)).toEqual(idsOf(logs));
  });

  it('starts with the spool of an earlier process, and prefers its logs to what was only noted as started', async () => {
    const folder = temporaryFolder();
    const spool = new Spool({
      database: join(folder, 'a.db'),
      replica: newId(),
      fileBytes: 1 << 24,
      memoryBytes: 0,
    });
    const logs = some(250);
    for (const log of logs) spool.add(log);
    spool.sync();
    const { keeper, writer, stored, path } = await open(folder);
    const ended = logs[249]!;
    const onlyNoted = newLog({ ending: 'interrupted' });
    for (const { id } of [ended, onlyNoted])
      await writer.call('start', { id, replica: newId(), log: Buffer.from('noted') });
    await keeper.keepInterrupted([{ ...ended, ending: 'interrupted' }, onlyNoted], [ended.id, onlyNoted.id]);
    await until(() => keeper.state().place === 'store' && keeper.state().waiting === 0);
    expect(stored()).toEqual([...idsOf(logs), onlyNoted.id]);
    const database = new Database(path, { readonly: true });
    expect(database.prepare(`select count(*) from logs where ending = 'interrupted'`).pluck().get()).toBe(1);
    expect(database.prepare('select count(*) from started').pluck().get()).toBe(0);
    database.close();
  });
});
