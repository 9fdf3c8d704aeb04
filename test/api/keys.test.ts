import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { KeyRing } from '../../src/api/auth.ts';
import { KeyUses } from '../../src/api/key-uses.ts';
import { createKey, looksLikeKey } from '../../src/api/keys.ts';
import { SCOPES, type Scope } from '../../src/model/key.ts';
import { DEFAULT_PROJECT, type KeyRow, type KeyUse } from '../../src/store/store.ts';

describe('createKey', () => {
  it('makes a key of the documented form, with its SHA-256 and its end', () => {
    const { token, hash, last4 } = createKey();
    expect(token).toMatch(/^gw_[0-9A-Za-z]{49}$/);
    expect(hash).toBe(createHash('sha256').update(token).digest('hex'));
    expect(token.endsWith(last4)).toBe(true);
  });

  it('never makes the same twice, and always one that looks like a key', () => {
    const tokens = Array.from({ length: 500 }, () => createKey().token);
    expect(new Set(tokens).size).toBe(500);
    expect(tokens.filter((token) => !looksLikeKey(token))).toEqual([]);
  });

  it.each([
    {
      name: 'one changed character',
      change: (token: string) => token.slice(0, 10) + (token[10] === 'a' ? 'b' : 'a') + token.slice(11),
    },
    { name: 'one missing character', change: (token: string) => token.slice(0, -1) },
    { name: 'another prefix', change: (token: string) => token.replace('gw_', 'sk_') },
    { name: 'a blank', change: (token: string) => `${token} ` },
  ])('is told from a text with $name', ({ change }) => {
    expect(looksLikeKey(change(createKey().token))).toBe(false);
  });
});

describe('KeyRing', () => {
  const open: KeyRing[] = [];
  afterEach(() => Promise.all(open.splice(0).map((ring) => ring.close())));

  function row(scopes: Scope[] = ['read']): { token: string; row: KeyRow } {
    const { token, hash, last4 } = createKey();
    const fields = { id: `id-${last4}`, projectId: 'p1', project: 'one', name: '', createdAtMs: 1 };
    return { token, row: { ...fields, hash, last4, scopes, revokedAtMs: null, lastUsedAtMs: null } };
  }

  async function ring(rows: KeyRow[], changes: { refreshMs?: number; failing?: () => boolean } = {}) {
    let reads = 0;
    const used: KeyUse[] = [];
    const warnings: string[] = [];
    const list = async (): Promise<KeyRow[]> => {
      reads += 1;
      if (changes.failing?.()) throw new Error('store away');
      return [...rows];
    };
    const logger = { warn: (_fields: unknown, message: string) => void warnings.push(message) };
    const opened = await KeyRing.open({
      keys: { list, used: async (uses) => void used.push(...uses) },
      refreshMs: changes.refreshMs ?? 3_600_000,
      logger: logger as never,
    });
    open.push(opened);
    return { keys: opened, reads: () => reads, warnings, used };
  }

  it('lets everybody be the default project with all scopes while no key was ever created', async () => {
    const { keys } = await ring([]);
    expect(keys.required()).toBe(false);
    expect(keys.authenticate(undefined)).toEqual({ projectId: DEFAULT_PROJECT.id, keyId: null, scopes: SCOPES });
    expect(keys.authenticate('sk-anything')).toMatchObject({ projectId: DEFAULT_PROJECT.id });
  });

  it('answers at once for a known key', async () => {
    const one = row(['read', 'score']);
    const { keys, reads } = await ring([one.row]);
    expect(keys.authenticate(one.token)).toEqual({ projectId: 'p1', keyId: one.row.id, scopes: ['read', 'score'] });
    expect(reads()).toBe(1);
  });

  it('refuses none, a malformed one and a stranger once a key exists', async () => {
    const { keys } = await ring([row().row]);
    expect(keys.authenticate(undefined)).toBeUndefined();
    expect(keys.authenticate('')).toBeUndefined();
    expect(keys.authenticate('gw_nonsense')).toBeUndefined();
    expect(await keys.authenticate(createKey().token)).toBeUndefined();
  });

  it('stays closed when every key is revoked', async () => {
    const one = row();
    const { keys } = await ring([{ ...one.row, revokedAtMs: 5 }]);
    expect(keys.required()).toBe(true);
    expect(await keys.authenticate(one.token)).toBeUndefined();
    expect(keys.authenticate(undefined)).toBeUndefined();
  });

  it('finds a key that was created a moment ago', async () => {
    const rows = [row().row];
    const { keys } = await ring(rows);
    const late = row();
    rows.push(late.row);
    expect(await keys.authenticate(late.token)).toMatchObject({ keyId: late.row.id });
  });

  it('reads the store once for many strangers, and not at all for one that came before', async () => {
    const { keys, reads } = await ring([row().row]);
    const strangers = Array.from({ length: 200 }, () => createKey().token);
    await Promise.all(strangers.map(async (token) => keys.authenticate(token)));
    expect(reads()).toBe(2);
    await keys.authenticate(strangers[0]);
    expect(reads()).toBe(2);
  });

  it('notices a revocation by itself', async () => {
    const one = row();
    const rows = [one.row];
    const { keys } = await ring(rows, { refreshMs: 10 });
    expect(keys.authenticate(one.token)).toBeDefined();
    rows[0] = { ...one.row, revokedAtMs: 5 };
    for (let tries = 0; tries < 200 && !(keys.authenticate(one.token) instanceof Promise); tries += 1) await sleep(10);
    expect(await keys.authenticate(one.token)).toBeUndefined();
  });

  it('keeps what it knows while the store does not answer, and says so', async () => {
    const one = row();
    let away = false;
    const { keys, warnings } = await ring([one.row], { failing: () => away });
    away = true;
    await keys.refresh();
    expect(keys.authenticate(one.token)).toBeDefined();
    expect(await keys.authenticate(createKey().token)).toBeUndefined();
    expect(warnings.length).toBeGreaterThan(0);
  });

  it('does not open while the store does not answer', async () => {
    await expect(ring([], { failing: () => true })).rejects.toThrow('store away');
  });

  it('does not let a slow old answer bring a revoked key back', async () => {
    const one = row();
    const answers: ((rows: KeyRow[]) => void)[] = [];
    const list = (): Promise<KeyRow[]> => new Promise((resolve) => void answers.push(resolve));
    const opening = KeyRing.open({ keys: { list, used: async () => {} }, refreshMs: 3_600_000 });
    await sleep(0);
    answers.shift()!([one.row]);
    const keys = await opening;
    open.push(keys);
    const [first, second] = [keys.refresh(), keys.refresh()];
    await sleep(5);
    expect(answers).toHaveLength(1);
    answers.shift()!([one.row]);
    await first;
    await sleep(5);
    answers.shift()!([{ ...one.row, revokedAtMs: 9 }]);
    await second;
    expect(keys.authenticate(one.token)).not.toMatchObject({ keyId: one.row.id });
  });

  it('notes that a key was used, once a minute and not with every call', async () => {
    const [one, two] = [row(), row()];
    const { keys, used } = await ring([one.row, two.row]);
    for (let call = 0; call < 100; call += 1) await keys.authenticate(one.token);
    await keys.authenticate(createKey().token);
    await keys.close();
    expect(used).toEqual([{ id: one.row.id, atMs: expect.any(Number) }]);
  });
});

describe('KeyUses', () => {
  it('gives the store again what it has not taken, and says so once', async () => {
    let nowMs = 0;
    let isAway = true;
    const used: KeyUse[] = [];
    const warnings: string[] = [];
    const store = {
      async used(uses: KeyUse[]): Promise<void> {
        if (isAway) throw new Error('store away');
        used.push(...uses);
      },
    };
    const logger = { warn: (_fields: unknown, message: string) => void warnings.push(message) };
    const uses = new KeyUses(store, logger as never, () => nowMs);
    uses.note('a');
    await uses.flush();
    nowMs = 59_999;
    uses.note('a');
    await uses.flush();
    expect([used, warnings.length]).toEqual([[], 1]);
    isAway = false;
    nowMs = 60_000;
    uses.note('a');
    uses.note('b');
    await uses.flush();
    await uses.flush();
    expect(used).toEqual([
      { id: 'a', atMs: 60_000 },
      { id: 'b', atMs: 60_000 },
    ]);
  });
});
