/** What every engine's store must do with evaluators that are no files. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { DefinitionStore, PutOptions } from '../../src/store/definitions.ts';
import { DEFAULT_PROJECT, type Store } from '../../src/store/store.ts';
import { judgeDefinition } from '../fixtures/definition.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;

export function putOptions(changes: Partial<PutOptions> = {}): PutOptions {
  return { managedBy: 'api', online: null, most: 100, nowMs: NOW, ...changes };
}

export function definitionsContract(open: () => Promise<Store>): void {
  let store: Store;
  let definitions: DefinitionStore;
  beforeEach(async () => {
    store = await open();
    definitions = store.definitions;
  });
  afterEach(() => store.close());

  const otherProject = async (): Promise<string> => {
    const id = newId();
    const key = { id: newId(), name: 'k', hash: newId(), last4: 'abcd', scopes: [], createdAtMs: NOW };
    await store.keys.create({ ...key, project: id }, id);
    return id;
  };
  const put = (changes: Parameters<typeof judgeDefinition>[0] = {}, options: Partial<PutOptions> = {}) =>
    definitions.put(PROJECT, judgeDefinition(changes), putOptions(options));
  const removal = (changes: Partial<Parameters<DefinitionStore['remove']>[2]> = {}) =>
    ({ managedBy: 'api', waiting: 'finish', nowMs: NOW + 9, ...changes }) as const;

  describe('definitions', () => {
    it('come back as they were put, with the rule for live logs', async () => {
      const online = { sampleRate: 0.5, filter: { property: 'team', equals: "it's \u0000 \ud83d\ude00" } };
      expect(await definitions.revision()).toBe(0);
      const definition = judgeDefinition({ description: 'quoted "\u0000"', threshold: 0.5 });
      const put = await definitions.put(PROJECT, definition, putOptions({ online }));
      expect(put).toEqual({ version: '1', isNew: true });
      const evaluator = {
        newest: { projectId: PROJECT, version: '1', managedBy: 'api', createdAtMs: NOW, definition },
        online,
        createdAtMs: NOW,
        changedAtMs: NOW,
        deleted: null,
      };
      expect(await definitions.find(PROJECT, 'polite')).toEqual(evaluator);
      expect(await definitions.list(PROJECT)).toEqual([evaluator]);
      expect(await definitions.all()).toEqual([evaluator]);
      expect(await definitions.revision()).toBe(1);
    });

    it('make a new version where they are changed, and none where they are the same', async () => {
      await put();
      expect(await put({ threshold: 1 }, { nowMs: NOW + 1 })).toEqual({ version: '2', isNew: true });
      const revision = await definitions.revision();
      expect(await put({ threshold: 1 }, { nowMs: NOW + 2 })).toEqual({ version: '2', isNew: false });
      expect(await definitions.revision()).toBe(revision);
      // The first again is a third: what a version is called says when it came.
      expect(await put({}, { nowMs: NOW + 3 })).toEqual({ version: '3', isNew: true });
      expect(await definitions.versions(PROJECT, 'polite')).toEqual([
        { version: '3', createdAtMs: NOW + 3 },
        { version: '2', createdAtMs: NOW + 1 },
        { version: '1', createdAtMs: NOW },
      ]);
      expect(await definitions.find(PROJECT, 'polite')).toMatchObject({
        newest: { version: '3', createdAtMs: NOW + 3 },
        createdAtMs: NOW,
        changedAtMs: NOW + 3,
      });
      const second = { version: '2', createdAtMs: NOW + 1, definition: judgeDefinition({ threshold: 1 }) };
      expect(await definitions.findVersion(PROJECT, 'polite', '2')).toMatchObject(second);
    });

    it('keep their version where only the rule is another, which others hear of', async () => {
      await put();
      const before = await definitions.revision();
      expect(await put({}, { online: { sampleRate: 1 } })).toEqual({ version: '1', isNew: false });
      expect((await definitions.find(PROJECT, 'polite'))!.online).toEqual({ sampleRate: 1 });
      expect(await definitions.revision()).not.toBe(before);
    });

    it('have no versions but those that were put, however they are asked for', async () => {
      await put();
      for (const version of ['0', '2', '-1', '01', '1e0', '', ' 1', '99999999999999999999', "1'"])
        expect(await definitions.findVersion(PROJECT, 'polite', version)).toBeUndefined();
    });

    it('of many who put at once get a version each', async () => {
      const puts = await Promise.all(Array.from({ length: 8 }, (_, index) => put({ threshold: index })));
      const versions = puts.map((one) => ('version' in one ? one.version : ''));
      expect(versions.toSorted()).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
      expect(await definitions.revision()).toBe(8);
    });

    it('belong to their project, which may have a name that another has', async () => {
      const other = await otherProject();
      await put();
      await definitions.put(other, judgeDefinition({ threshold: 3 }), putOptions());
      expect((await definitions.find(PROJECT, 'polite'))!.newest.definition.threshold).toBeNull();
      expect((await definitions.find(other, 'polite'))!.newest.definition.threshold).toBe(3);
      expect(await definitions.remove(other, 'polite', removal())).toBe(true);
      expect(await definitions.find(PROJECT, 'polite')).toBeDefined();
      expect(await definitions.find(other, 'polite')).toBeUndefined();
      const nobody = newId();
      expect(await definitions.list(nobody)).toEqual([]);
      expect(await definitions.versions(nobody, 'polite')).toEqual([]);
      expect(await definitions.findVersion(nobody, 'polite', '1')).toBeUndefined();
      expect(await definitions.remove(nobody, 'polite', removal())).toBe(false);
    });

    it('are no more than a project may have, of which those that are deleted are none', async () => {
      await put({ name: 'a' }, { most: 2 });
      await put({ name: 'b' }, { most: 2 });
      expect(await put({ name: 'c' }, { most: 2 })).toEqual({ refused: 'full' });
      expect(await put({ name: 'b', threshold: 2 }, { most: 2 })).toEqual({ version: '2', isNew: true });
      await definitions.remove(PROJECT, 'a', removal());
      expect(await put({ name: 'c' }, { most: 2 })).toEqual({ version: '1', isNew: true });
      expect((await definitions.list(PROJECT)).map(({ newest }) => newest.definition.name)).toEqual(['b', 'c']);
    });

    it('of gradeway.yaml are not changed over the API, and take the place of those that were', async () => {
      await put();
      expect(await put({}, { managedBy: 'config' })).toEqual({ version: '1', isNew: false });
      expect((await definitions.find(PROJECT, 'polite'))!.newest.managedBy).toBe('config');
      expect(await put({ threshold: 1 })).toEqual({ refused: 'managed' });
      expect(await definitions.remove(PROJECT, 'polite', removal())).toBe(false);
      expect(await definitions.remove(PROJECT, 'polite', removal({ managedBy: 'config' }))).toBe(true);
      expect(await put({ threshold: 1 })).toEqual({ version: '2', isNew: true });
    });
  });

  describe('a deleted evaluator', () => {
    it('is not listed, can be read by version, and counts on when it is there again', async () => {
      await put({}, { online: { sampleRate: 1 } });
      const before = await definitions.revision();
      expect(await definitions.remove(PROJECT, 'polite', removal({ waiting: 'drop' }))).toBe(true);
      expect(await definitions.remove(PROJECT, 'polite', removal())).toBe(false);
      expect(await definitions.revision()).not.toBe(before);
      expect(await definitions.list(PROJECT)).toEqual([]);
      expect(await definitions.all()).toMatchObject([{ online: null, deleted: { atMs: NOW + 9, waiting: 'drop' } }]);
      expect(await definitions.findVersion(PROJECT, 'polite', '1')).toMatchObject({ version: '1' });
      expect(await definitions.versions(PROJECT, 'polite')).toHaveLength(1);
      expect(await put()).toEqual({ version: '1', isNew: false });
      expect(await definitions.all()).toMatchObject([{ deleted: null }]);
      expect(await put({ threshold: 2 })).toEqual({ version: '2', isNew: true });
    });

    it('has its waiting jobs dropped, and nobody else', async () => {
      const other = await otherProject();
      const logs = Array.from({ length: 1200 }, () =>
        newLog({ evaluators: [{ name: 'polite', version: '1' }, 'kept'] }),
      );
      await store.logs.add(logs, NOW);
      await store.logs.add([newLog({ projectId: other, evaluators: ['polite'] })], NOW);
      const [held] = await store.jobs.claim({ evaluators: ['polite'], limit: 1, nowMs: NOW, leaseUntilMs: NOW + 1000 });
      expect(await definitions.dropJobs(PROJECT, 'polite')).toBe(1200);
      expect(await definitions.dropJobs(PROJECT, 'polite')).toBe(0);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 1201, leased: 0 });
      const outcome = { outcome: 'abstained', reason: '', durationMs: 1, printed: '' } as const;
      const effect = { job: held!, evaluatorVersion: '1', outcome, atMs: NOW, retryAtMs: undefined, dead: false };
      expect(await store.jobs.complete([effect])).toEqual({ fenced: 1 });
    });
  });

  describe('jobs', () => {
    it('carry the version that shall look, or none', async () => {
      await store.logs.add([newLog({ evaluators: ['a', { name: 'b', version: '7' }, { name: 'c' }] })], NOW);
      const request = { evaluators: ['a', 'b', 'c'], limit: 10, nowMs: NOW, leaseUntilMs: NOW + 1000 };
      const claimed = await store.jobs.claim(request);
      expect(Object.fromEntries(claimed.map(({ evaluator, version }) => [evaluator, version]))).toEqual({
        a: null,
        b: '7',
        c: null,
      });
    });
  });
}
