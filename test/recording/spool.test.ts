/** The spool: order, bounds, and what it makes of files that were torn or damaged. */
import { appendFileSync, readdirSync, readFileSync, renameSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { Spool, type SpoolOptions } from '../../src/recording/spool.ts';
import { Presence } from '../../src/store/presence.ts';
import { newLog } from '../fixtures/new-log.ts';
import { temporaryFolder } from './temporary-folder.ts';

const MANY = 1 << 30;

function optionsIn(folder: string, changes: Partial<SpoolOptions> = {}): SpoolOptions {
  const database = join(folder, 'a.db');
  return { database, replica: newId(), fileBytes: 1 << 20, memoryBytes: 1 << 20, ...changes };
}

const path = ({ database, replica }: SpoolOptions): string => `${database}.spool.${replica}.0`;
const filesOf = ({ database }: SpoolOptions): string[] => readdirSync(dirname(database)).sort();

/** Everything it holds, taken one batch after the other. */
function drain(spool: Spool, limit = MANY): { ids: string[]; damaged: number } {
  const ids: string[] = [];
  let damaged = 0;
  while (!spool.isEmpty) {
    const peeked = spool.peek(limit, MANY);
    ids.push(...peeked.logs.map((log) => log.id));
    damaged += peeked.damaged;
    peeked.taken();
  }
  return { ids, damaged };
}

/** A file with these logs, as a process left it that was killed. */
function abandoned(folder: string, count: number): { options: SpoolOptions; ids: string[] } {
  const options = optionsIn(folder);
  const spool = new Spool(options);
  const logs = Array.from({ length: count }, () => newLog());
  for (const log of logs) spool.add(log);
  spool.sync();
  return { options, ids: logs.map((log) => log.id) };
}

describe('the spool', () => {
  it('gives logs back as they were, in order, and then leaves no file behind', () => {
    const options = optionsIn(temporaryFolder());
    const spool = new Spool(options);
    const logs = Array.from({ length: 7 }, (_, index) => newLog({ properties: new Map([['n', String(index)]]) }));
    for (const log of logs) expect(spool.add(log)).toBe('file');
    expect(spool.count).toBe(7);
    const back = [];
    while (!spool.isEmpty) {
      const { logs: some, taken } = spool.peek(3, MANY);
      back.push(...some);
      taken();
    }
    const plain = (log: (typeof logs)[number]): unknown => ({
      ...log,
      requestBody: Buffer.from(log.requestBody!).toString(),
      responseBody: Buffer.from(log.responseBody!).toString(),
    });
    expect(back.map(plain)).toEqual(logs.map(plain));
    expect(statSync(path(options)).size).toBe(0);
    expect(spool.close()).toBe(0);
    expect(filesOf(options)).toEqual([]);
  });

  it('keeps what was looked at and not taken', () => {
    const spool = new Spool(optionsIn(temporaryFolder()));
    const log = newLog();
    spool.add(log);
    spool.peek(10, MANY);
    expect(spool.peek(10, MANY).logs.map(({ id }) => id)).toEqual([log.id]);
    spool.close();
  });

  it('takes logs while others are brought back', () => {
    const spool = new Spool(optionsIn(temporaryFolder()));
    const [one, two, three] = [newLog(), newLog(), newLog()];
    spool.add(one);
    const first = spool.peek(10, MANY);
    spool.add(two);
    first.taken();
    spool.add(three);
    expect(drain(spool).ids).toEqual([two.id, three.id]);
    spool.close();
  });

  it('reads no more bytes at a time than asked for, but always one log', () => {
    const spool = new Spool(optionsIn(temporaryFolder()));
    for (let index = 0; index < 4; index += 1) spool.add(newLog({ responseBody: Buffer.alloc(10_000) }));
    expect(spool.peek(100, 1).logs).toHaveLength(1);
    expect(spool.peek(100, 20_000).logs).toHaveLength(2);
    spool.close();
  });

  it('goes to memory beyond the bound of its file, drops beyond that of the memory, and counts exactly', () => {
    const one = newLog({ responseBody: Buffer.alloc(1000) });
    const probe = new Spool(optionsIn(temporaryFolder()));
    probe.add(one);
    const recordBytes = probe.bytes;
    probe.close();
    const spool = new Spool(optionsIn(temporaryFolder(), { fileBytes: 5 * recordBytes, memoryBytes: 3 * recordBytes }));
    const logs = Array.from({ length: 12 }, () => newLog({ ...one, id: newId() }));
    const places = logs.map((log) => spool.add(log));
    expect(places).toEqual([...Array(5).fill('file'), ...Array(3).fill('memory'), ...Array(4).fill('dropped')]);
    expect(spool.count).toBe(8);
    expect(drain(spool, 2).ids).toEqual(logs.slice(0, 8).map(({ id }) => id));
    expect(spool.bytes).toBe(0);
    expect(spool.add(newLog())).toBe('file');
    spool.close();
  });

  it('puts into the file at the end what memory held, and says what did not fit', () => {
    const options = optionsIn(temporaryFolder(), { fileBytes: 4000, memoryBytes: 1 << 20 });
    const spool = new Spool(options);
    const logs = Array.from({ length: 6 }, () => newLog());
    const places = logs.map((log) => spool.add(log));
    const inMemory = places.filter((place) => place === 'memory').length;
    expect(inMemory).toBeGreaterThan(0);
    expect(spool.close()).toBe(inMemory);
    const next = new Spool(optionsIn(dirname(options.database)));
    expect(next.count).toBe(6 - inMemory);
    next.close();
  });

  it('keeps to memory where its file cannot be created', () => {
    const options = optionsIn(temporaryFolder());
    const spool = new Spool(options);
    renameSync(dirname(options.database), `${dirname(options.database)}-gone`);
    expect(spool.add(newLog())).toBe('memory');
    renameSync(`${dirname(options.database)}-gone`, dirname(options.database));
    expect(spool.add(newLog())).toBe('file');
    expect(spool.count).toBe(2);
    spool.close();
  });
});

describe('a spool file that another process left', () => {
  it('is taken over, read first, and removed when it is read', () => {
    const folder = temporaryFolder();
    const { ids } = abandoned(folder, 3);
    const options = optionsIn(folder);
    const spool = new Spool(options);
    const own = newLog();
    spool.add(own);
    expect(spool.count).toBe(4);
    expect(drain(spool).ids).toEqual([...ids, own.id]);
    spool.close();
    expect(filesOf(options)).toEqual([]);
  });

  it('is read with others in the order of their birth, also when taken over a second time', () => {
    const folder = temporaryFolder();
    const expected = [abandoned(folder, 2), abandoned(folder, 1), abandoned(folder, 3)].flatMap(({ ids }) => ids);
    const between = new Spool(optionsIn(folder));
    expect(between.count).toBe(6);
    const spool = new Spool(optionsIn(folder));
    expect(drain(spool, 1).ids).toEqual(expected);
    spool.close();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('is left alone while that process runs, and taken over when it is gone', () => {
    const folder = temporaryFolder();
    const options = optionsIn(folder);
    const presence = new Presence(options.database, options.replica);
    const living = new Spool(options);
    const log = newLog();
    living.add(log);
    expect(new Spool(optionsIn(folder)).isEmpty).toBe(true);
    presence.close();
    expect(drain(new Spool(optionsIn(folder))).ids).toEqual([log.id]);
  });

  it.each([
    { name: 'a torn record', tail: (whole: Buffer) => whole.subarray(0, Math.floor(whole.length / 5)) },
    { name: 'a torn head', tail: (whole: Buffer) => whole.subarray(0, 5) },
    { name: 'zeros, as a cut of power leaves them', tail: () => Buffer.alloc(5000) },
    { name: 'garbage', tail: () => Buffer.from('cafebabe'.repeat(64), 'hex') },
  ])('gives back everything before $name', ({ tail }) => {
    const folder = temporaryFolder();
    const { options, ids } = abandoned(folder, 4);
    appendFileSync(path(options), tail(readFileSync(path(options))));
    const spool = new Spool(optionsIn(folder));
    expect(spool.count).toBe(4);
    // What comes now must not stand behind the torn tail, where nobody would find it.
    const log = newLog();
    spool.add(log);
    expect(drain(spool)).toEqual({ ids: [...ids, log.id], damaged: 0 });
    spool.close();
    expect(filesOf(options)).toEqual([]);
  });

  it('gives back everything that is whole, wherever it is cut', () => {
    const { options } = abandoned(temporaryFolder(), 3);
    const whole = readFileSync(path(options));
    const recordBytes = whole.length / 3;
    for (let length = 0; length <= whole.length; length += 97) {
      const folder = temporaryFolder();
      writeFileSync(join(folder, basename(path(options))), whole);
      truncateSync(join(folder, basename(path(options))), length);
      const spool = new Spool(optionsIn(folder));
      expect(drain(spool).ids).toHaveLength(Math.floor(length / recordBytes));
      spool.close();
    }
  });

  it('gives back all but a damaged record, and counts that', () => {
    const folder = temporaryFolder();
    const { options, ids } = abandoned(folder, 5);
    const bytes = readFileSync(path(options));
    const second = 8 + bytes.readUInt32LE(0);
    bytes[second + 200]! ^= 0xff;
    writeFileSync(path(options), bytes);
    const spool = new Spool(optionsIn(folder));
    expect(drain(spool)).toEqual({ ids: ids.filter((_, index) => index !== 1), damaged: 1 });
    spool.close();
  });

  it('may be of another database', () => {
    const folder = temporaryFolder();
    abandoned(folder, 2);
    const other = optionsIn(folder, { database: join(folder, 'b.db') });
    expect(new Spool(other).isEmpty).toBe(true);
  });
});
