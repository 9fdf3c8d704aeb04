/** What is removed when, by whom, and on whose settings; real store, given clock. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RetentionRun } from '../../src/compose/retention.ts';
import { newId } from '../../src/model/id.ts';
import { openStore } from '../../src/store/open.ts';
import type { ProjectRetention, Retention } from '../../src/store/retention.ts';
import type { NewLog, Store } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const FOR_EVER: Retention = { bodyDays: 0, logDays: 0 };

describe('retention', () => {
  let folder: string;
  let store: Store;
  let nowMs = 1_790_000_000_000;
  let projects = 0;
  let project: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gradeway-retention-'));
    store = await openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') });
  });
  afterAll(async () => {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(async () => {
    // Whatever an earlier test has left: it is due again.
    nowMs += DAY_MS;
    project = await newProject();
  });

  const newProject = async (): Promise<string> => {
    const name = `retention ${(projects += 1)}`;
    const key = { id: newId(), project: name, name, hash: name.padStart(64, '0'), last4: 'abcd' };
    return (await store.keys.create({ ...key, scopes: ['read'], createdAtMs: nowMs }, newId())).projectId;
  };
  const addOld = async (days: number, count: number, projectId = project): Promise<NewLog[]> => {
    const logs = Array.from({ length: count }, (_, index) =>
      newLog({ projectId, startedAtMs: nowMs - days * DAY_MS - index }),
    );
    await store.logs.add(logs, nowMs);
    return logs;
  };
  const run = (settings: Retention, changes: Partial<ConstructorParameters<typeof RetentionRun>[0]> = {}) => {
    const said: unknown[] = [];
    const note = (fields: unknown): void => void said.push(fields);
    const logger = { info: note, warn: note } as never;
    const one = new RetentionRun({
      store,
      settings,
      holder: newId(),
      logger,
      now: () => nowMs,
      pauseMs: 0,
      ...changes,
    });
    return Object.assign(one, { said });
  };
  /** 'whole', 'row' without bodies, or 'gone'. */
  const stateOf = async (log: NewLog): Promise<string> => {
    const found = await store.logs.find(log.projectId, log.id);
    return found === undefined ? 'gone' : found.requestBody === undefined ? 'row' : 'whole';
  };
  const statesOf = (logs: NewLog[]): Promise<string[]> => Promise.all(logs.map(stateOf));
  const settle = (retention: ProjectRetention): Promise<void> =>
    store.retention.set(project, retention, removalAct({ atMs: nowMs }));

  it('removes bodies after some days and logs after more, and notes both', async () => {
    const logs = [...(await addOld(31, 150)), ...(await addOld(8, 1)), ...(await addOld(6, 1))];
    const one = run({ bodyDays: 7, logDays: 30 });
    await one.look();
    await one.close();
    expect(await statesOf(logs.slice(149))).toEqual(['gone', 'row', 'whole']);
    expect((await statesOf(logs)).filter((state) => state === 'gone')).toHaveLength(150);
    expect(one.said).toEqual([{ logs: 150, bodies: 1 }]);
    expect(await store.audit.list(project, { after: null, limit: 2 })).toMatchObject([
      { action: 'bodies.removed', actor: 'retention', count: 1, details: { days: 7 } },
      { action: 'logs.removed', actor: 'retention', count: 150, details: { days: 30 } },
    ]);
  });

  it('keeps everything where nothing is settled', async () => {
    const logs = await addOld(10_000, 1);
    const one = run(FOR_EVER);
    await one.look();
    await one.close();
    expect(await statesOf(logs)).toEqual(['whole']);
  });

  it('goes by what a project has settled, and else by the settings of the gateway', async () => {
    const [mine, other] = [await addOld(20, 1), await addOld(20, 1, await newProject())];
    await settle({ bodyDays: null, logDays: 0 });
    expect(await store.retention.of(project)).toEqual({ bodyDays: null, logDays: 0 });
    const one = run({ bodyDays: 10, logDays: 15 });
    await one.look();
    await one.close();
    expect([await statesOf(mine), await statesOf(other)]).toEqual([['row'], ['gone']]);
    const [entry] = await store.audit.list(project, { after: 1e9, limit: 10 });
    expect(entry).toMatchObject({ action: 'bodies.removed' });
  });

  it('is due again after an hour, and finds what has come late', async () => {
    const one = run({ bodyDays: 0, logDays: 1 });
    await one.look();
    const [late] = await addOld(2, 1);
    await one.look();
    expect(await stateOf(late!)).toBe('whole');
    nowMs += HOUR_MS;
    await one.look();
    await one.close();
    expect(await stateOf(late!)).toBe('gone');
  });

  it('is done by one process at a time, and by another once the lease of one that died is over', async () => {
    const [log] = await addOld(2, 1);
    expect(await store.turns.take('retention', 'a process that dies', nowMs, nowMs + 300_000)).toBe(true);
    const one = run({ bodyDays: 0, logDays: 1 });
    await one.look();
    expect(await stateOf(log!)).toBe('whole');
    nowMs += 300_000;
    await one.look();
    await one.close();
    expect(await stateOf(log!)).toBe('gone');
    expect(await store.turns.take('retention', 'another', nowMs + HOUR_MS - 1, nowMs)).toBe(false);
  });

  it('ends after the unit that is under way, and leaves the rest to whoever looks next', async () => {
    const logs = await addOld(2, 300);
    const one = run({ bodyDays: 0, logDays: 1 }, { pauseMs: 5 });
    const looking = one.look();
    while ((await statesOf(logs.slice(-1))).includes('whole')) await new Promise((done) => setTimeout(done, 1));
    await one.close();
    await looking;
    expect((await statesOf(logs)).filter((state) => state === 'whole').length).toBeGreaterThan(0);
    const next = run({ bodyDays: 0, logDays: 1 });
    await next.look();
    await next.close();
    expect(new Set(await statesOf(logs))).toEqual(new Set(['gone']));
  });

  it('goes on after a store that fails', async () => {
    const [log] = await addOld(2, 1);
    const failing = {
      ...store,
      removals: { ...store.removals, removeBefore: () => Promise.reject(new Error('disk full')) },
    };
    const holder = newId();
    const one = run({ bodyDays: 0, logDays: 1 }, { store: failing, holder });
    await one.look();
    await one.close();
    expect(one.said).toMatchObject([{ err: { message: 'disk full' } }]);
    const two = run({ bodyDays: 0, logDays: 1 }, { holder });
    await two.look();
    await two.close();
    expect(await stateOf(log!)).toBe('gone');
  });
});
