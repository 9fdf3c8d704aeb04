/** Alerts of gradeway.yaml in the store, from one start to the next. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { applyConfiguredAlerts } from '../../src/compose/configured-alerts.ts';
import type { ConfiguredAlert } from '../../src/config/alerts.ts';
import { GatewayError } from '../../src/errors.ts';
import { newId } from '../../src/model/id.ts';
import { addressPolicy } from '../../src/outbound/address-policy.ts';
import { openStore } from '../../src/store/open.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { alertSpec } from '../fixtures/new-alert.ts';
import { fired, putAlert } from '../store/alerts-contract.ts';

const NOW = 1_790_000_000_000;
const PROJECT: string = DEFAULT_PROJECT.id;

describe('alerts of gradeway.yaml', () => {
  let folder: string;
  let store: Store;
  let warned: unknown[];
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'gradeway-configured-'));
    store = await openStore({ engine: 'sqlite', path: join(folder, 'gradeway.db') });
    warned = [];
  });
  afterEach(async () => {
    await store.close();
    rmSync(folder, { recursive: true });
  });

  const configured = (changes: Record<string, unknown> = {}, project = 'default'): ConfiguredAlert => ({
    ...alertSpec(changes),
    project,
  });
  const apply = (alerts: ConfiguredAlert[], changes: { store?: typeof store } = {}): Promise<void> =>
    applyConfiguredAlerts({
      store,
      configured: alerts,
      policy: addressPolicy([]),
      logger: { warn: (...said: unknown[]) => void warned.push(said) },
      nowMs: NOW,
      ...changes,
    });
  const namesOf = async (projectId = PROJECT): Promise<string[]> =>
    (await store.alerts.list(projectId)).map(({ spec }) => spec.name);

  it('stand where they stood after a start with the same', async () => {
    await apply([configured()]);
    await store.alerts.settle([fired((await store.alerts.find(PROJECT, 'tone-drop'))!)]);
    const before = await store.alerts.find(PROJECT, 'tone-drop');
    expect(before).toMatchObject({ managedBy: 'config', standing: { state: 'firing' } });
    await apply([configured()]);
    expect(await store.alerts.find(PROJECT, 'tone-drop')).toEqual(before);
  });

  it('are removed when they do not stand there any more, those of the API are not', async () => {
    await store.alerts.put(PROJECT, alertSpec({ name: 'of-the-api' }), putAlert());
    await apply([configured(), configured({ name: 'second' })]);
    await apply([configured({ name: 'second' })]);
    expect(await namesOf()).toEqual(['of-the-api', 'second']);
    await apply([]);
    expect(await namesOf()).toEqual(['of-the-api']);
  });

  it('are of the project that they name, which there must be', async () => {
    const key = { id: newId(), name: 'k', hash: 'a'.repeat(64), last4: 'abcd', scopes: [], createdAtMs: NOW };
    const { projectId } = await store.keys.create({ ...key, project: 'team' }, newId());
    await apply([configured({}, 'team'), configured()]);
    expect([await namesOf(projectId), await namesOf()]).toEqual([['tone-drop'], ['tone-drop']]);
    await apply([configured({}, 'team')]);
    expect([await namesOf(projectId), await namesOf()]).toEqual([['tone-drop'], []]);
    await expect(apply([configured({}, 'nobody')])).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining('there is no project "nobody"') as string,
    });
    expect(await namesOf(projectId)).toEqual(['tone-drop']);
  });

  it('are refused where their destination must not be called', async () => {
    await expect(apply([configured({ destination: 'http://127.0.0.1:3000/' })])).rejects.toMatchObject({
      code: 'invalid_setting',
      message: expect.stringContaining('gradeway.yaml, alert tone-drop') as string,
    });
  });

  it('keep no process from starting while the store is away', async () => {
    const list = (): Promise<never> => Promise.reject(new GatewayError('store_unavailable'));
    await apply([configured()], { store: { ...store, keys: { ...store.keys, list } } });
    expect(warned).toHaveLength(1);
  });
});
