/** What every engine's answers to questions about many logs must be. What filters mean is held by filter-contract.ts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import { type ListQuestion, SORT_FIELDS, type SortField } from '../../src/store/questions.ts';
import { DEFAULT_PROJECT, type NewLog, type NewScore, type Store } from '../../src/store/store.ts';
import { compareCodePoints } from '../../src/model/filter-match.ts';
import { nastyLogs } from '../fixtures/nasty-logs.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const LOGS = 60;

function score(name: string, value: NewScore['value'], changes: Partial<NewScore> = {}): NewScore {
  const who = { source: 'api' as const, evaluator: null, evaluatorVersion: null };
  return { name, value, reason: null, durationMs: null, atMs: NOW, ...who, ...changes };
}

function question(changes: Partial<ListQuestion>): ListQuestion {
  return {
    projectId: PROJECT,
    filter: null,
    fromMs: null,
    toMs: null,
    order: { by: 'startedAtMs', direction: 'desc' },
    after: null,
    offset: 0,
    limit: 1000,
    bodies: false,
    timeLimitMs: 20_000,
    ...changes,
  };
}

export function questionsContract(open: () => Promise<Store>): void {
  describe('lists', () => {
    let store: Store;
    /** In the order of commit. */
    let logs: NewLog[];
    let other: string;
    beforeAll(async () => {
      store = await open();
      const nasty = nastyLogs(LOGS, 11);
      logs = nasty.map(({ log }) => log);
      other = await projectIn(store);
      for (const log of logs) await store.logs.add([{ ...log, evaluators: [] }], NOW);
      await store.logs.add([newLog({ projectId: other, userId: 'foreign' })], NOW);
    }, 60_000);
    afterAll(() => store.close());

    const ids = async (changes: Partial<ListQuestion>): Promise<string[]> =>
      (await store.questions.list(question(changes))).logs.map(({ id }) => id);
    /** What a list in this order must be: absent values last, the newest commit first of those alike. */
    const sorted = (valueOf: (log: NewLog) => string | number | null, direction: 'asc' | 'desc'): string[] => {
      const sign = direction === 'asc' ? 1 : -1;
      const compare = (a: string | number, b: string | number): number =>
        typeof a === 'string' ? compareCodePoints(a, b as string) : a - (b as number);
      return logs
        .toReversed()
        .toSorted((one, two) => {
          const [a, b] = [valueOf(one), valueOf(two)];
          if (a === null || b === null) return Number(a === null) - Number(b === null);
          return sign * compare(a, b);
        })
        .map(({ id }) => id);
    };
    const fieldOf = (log: NewLog, field: SortField): string | number | null => {
      if (field === 'inputTokens' || field === 'outputTokens') return log.usage?.[field] ?? null;
      if (field === 'totalTokens') return log.usage && log.usage.inputTokens + log.usage.outputTokens;
      return log[field];
    };

    it.each(
      SORT_FIELDS.filter((by) => by !== 'startedAtMs').flatMap((by) =>
        (['asc', 'desc'] as const).map((direction) => ({ by, direction })),
      ),
    )('are ordered by $by $direction, absent values last', async ({ by, direction }) => {
      expect(await ids({ order: { by, direction } })).toEqual(sorted((log) => fieldOf(log, by), direction));
    });

    it.each(['asc', 'desc'] as const)('are ordered by a property %s', async (direction) => {
      for (const name of ['env', '__proto__', 'N'])
        expect(await ids({ order: { by: { property: name }, direction } })).toEqual(
          sorted((log) => log.properties.get(name.toLowerCase()) ?? null, direction),
        );
    });

    it.each(['asc', 'desc'] as const)('are paged by cursor without a gap or a repetition: %s', async (direction) => {
      const order = { by: 'startedAtMs' as const, direction };
      const whole = await ids({ order });
      const mirrored = direction === 'asc' ? 1 : -1;
      const expected = logs
        .map(({ id, startedAtMs }, seq) => ({ id, startedAtMs, seq }))
        .toSorted((a, b) => mirrored * (a.startedAtMs - b.startedAtMs || a.seq - b.seq));
      expect(whole).toEqual(expected.map(({ id }) => id));
      for (const limit of [1, 7, LOGS]) {
        const paged: string[] = [];
        let after: ListQuestion['after'] = null;
        do {
          const page = await store.questions.list(question({ order, after, limit }));
          expect(page.logs.length).toBeGreaterThan(0);
          paged.push(...page.logs.map(({ id }) => id));
          after = page.next;
        } while (after !== null);
        expect(paged).toEqual(whole);
      }
    });

    it('are paged by number, and say when nothing follows', async () => {
      const whole = await ids({});
      expect(await ids({ offset: 10, limit: 5 })).toEqual(whole.slice(10, 15));
      expect(await ids({ offset: LOGS, limit: 5 })).toEqual([]);
      expect((await store.questions.list(question({ limit: LOGS }))).next).toBeNull();
      expect((await store.questions.list(question({ limit: LOGS - 1 }))).next).not.toBeNull();
      const bySize = { by: 'durationMs' as const, direction: 'asc' as const };
      expect(await ids({ order: bySize, offset: 3, limit: 4 })).toEqual((await ids({ order: bySize })).slice(3, 7));
    });

    it('hold the logs that started in a half-open range', async () => {
      const times = logs.map(({ startedAtMs }) => startedAtMs).toSorted((a, b) => a - b);
      const [fromMs, toMs] = [times[10]!, times[40]!];
      const within = logs.filter(({ startedAtMs }) => startedAtMs >= fromMs && startedAtMs < toMs);
      expect((await ids({ fromMs, toMs })).toSorted()).toEqual(within.map(({ id }) => id).toSorted());
      const filter = { property: 'env', present: true };
      const some = within.filter(({ properties }) => properties.has('env'));
      expect((await ids({ filter, fromMs, toMs })).toSorted()).toEqual(some.map(({ id }) => id).toSorted());
      expect(await store.questions.count({ projectId: PROJECT, filter, fromMs, toMs }, 20_000)).toEqual({
        count: some.length,
        complete: true,
      });
      expect(await ids({ fromMs: toMs, toMs: fromMs })).toEqual([]);
    });

    it('hold rows as they were added, bodies where they are asked for', async () => {
      const wanted = logs[20]!;
      const filter = { field: 'id' as const, equals: wanted.id };
      const [bare] = (await store.questions.list(question({ filter }))).logs;
      const { evaluators: _, requestBody, responseBody, requestHeaders, responseHeaders, ...row } = wanted;
      expect(bare).toMatchObject({ ...row, requestBody: undefined, responseBody: undefined, scores: [] });
      const [whole] = (await store.questions.list(question({ filter, bodies: true }))).logs;
      expect(whole).toMatchObject({ ...row, requestHeaders, responseHeaders });
      expect(Buffer.compare(whole!.requestBody!, requestBody!)).toBe(0);
      expect(Buffer.compare(whole!.responseBody!, responseBody!)).toBe(0);
      expect(whole!.seq).toBe(bare!.seq);
    });

    it('never cross projects', async () => {
      const foreign = { field: 'userId' as const, equals: 'foreign' };
      expect(await ids({ filter: foreign })).toEqual([]);
      expect(await ids({ projectId: other })).toHaveLength(1);
      expect(await ids({ projectId: other, filter: foreign })).toHaveLength(1);
      expect(await ids({ projectId: newId() })).toEqual([]);
      expect(await ids({ projectId: other, filter: { field: 'id', equals: logs[0]!.id } })).toEqual([]);
      expect(await store.questions.count({ projectId: newId(), filter: null, fromMs: null, toMs: null }, 1000)).toEqual(
        { count: 0, complete: true },
      );
    });

    it('name the properties with how many values they have had, and values by part', async () => {
      const names = await store.questions.propertyNames(PROJECT);
      const values = (name: string): string[] => [
        ...new Set(logs.flatMap(({ properties }) => properties.get(name) ?? [])),
      ];
      const expected = [...new Set(logs.flatMap(({ properties }) => [...properties.keys()]))]
        .map((name) => ({ name, values: values(name).length }))
        .toSorted((a, b) => compareCodePoints(a.name, b.name));
      expect(names).toEqual(expected);
      expect((await store.questions.propertyValues(PROJECT, 'ENV', '', 1000)).toSorted()).toEqual(
        values('env').toSorted(),
      );
      const withA = values('env').filter((value) => value.toLowerCase().includes('ä'));
      expect((await store.questions.propertyValues(PROJECT, 'env', 'Ä', 1000)).toSorted()).toEqual(withA.toSorted());
      expect(await store.questions.propertyValues(PROJECT, 'env', '', 3)).toHaveLength(3);
      expect(await store.questions.propertyNames(newId())).toEqual([]);
      expect(await store.questions.propertyValues(other, '__proto__', '', 10)).toEqual([]);
    });

    it('end with a plain message when the time is over', async () => {
      const slow = { not: { property: 'nothing', present: true } };
      const asked = question({ filter: slow, order: { by: 'durationMs', direction: 'asc' }, timeLimitMs: 0 });
      await expect(store.questions.list(asked)).rejects.toMatchObject({ code: 'question_too_large' });
      const { complete } = await store.questions.count(question({ filter: slow }), 0);
      expect(complete).toBe(false);
    });
  });

  describe('what is frequent', () => {
    it('comes first', async () => {
      const store = await open();
      const values = ['often', 'rare', 'often', 'sometimes', 'often', 'sometimes'];
      await store.logs.add(
        values.map((value) => newLog({ properties: new Map([['plan', value]]) })),
        NOW,
      );
      expect(await store.questions.propertyValues(PROJECT, 'plan', '', 10)).toEqual(['often', 'sometimes', 'rare']);
      expect(await store.questions.propertyValues(PROJECT, 'plan', '', 2)).toEqual(['often', 'sometimes']);
      await store.close();
    });
  });

  describe('scores in lists', () => {
    it('are the current ones, and order logs: numbers before categories, absent ones last', async () => {
      const store = await open();
      const logs = Array.from({ length: 6 }, () => newLog());
      await store.logs.add(logs, NOW);
      const give = (index: number, scores: NewScore[]): unknown =>
        store.scores.put(PROJECT, logs[index]!.id, scores, NOW);
      await give(0, [score('s', 5)]);
      await give(1, [score('s', -1), score('s', 9, { source: 'human' })]);
      await give(2, [score('s', true)]);
      await give(3, [score('s', 'b')]);
      await give(4, [score('s', 'a'), score('t', 100)]);
      const order = async (direction: 'asc' | 'desc'): Promise<number[]> => {
        const page = await store.questions.list(question({ order: { by: { score: 's' }, direction } }));
        for (const listed of page.logs) expect(listed.scores).toEqual(await store.scores.list(PROJECT, listed.id));
        return page.logs.map(({ id }) => logs.findIndex((log) => log.id === id));
      };
      expect(await order('desc')).toEqual([1, 0, 2, 3, 4, 5]);
      expect(await order('asc')).toEqual([1, 2, 0, 4, 3, 5]);
      await store.close();
    });
  });

  describe('changes', () => {
    it('are told in order, those of other projects left out, and none twice', async () => {
      const store = await open();
      const other = await projectIn(store);
      const before = await store.questions.changes(PROJECT, null, 10);
      expect(before.changes).toEqual([]);
      const log = newLog({ evaluators: ['judge'] });
      await store.logs.add([log, newLog({ projectId: other })], NOW);
      await store.scores.put(PROJECT, log.id, [score('a', 1)], NOW);
      const [job] = await store.jobs.claim({ evaluators: ['judge'], limit: 1, nowMs: NOW, leaseUntilMs: NOW + 1 });
      const scores = [{ name: 'judge', value: 2, reason: null }];
      const outcome = { outcome: 'scored' as const, scores, durationMs: 1, printed: '' };
      const done = { job: job!, evaluatorVersion: 'v1', outcome, atMs: NOW, retryAtMs: undefined, dead: false };
      await store.jobs.complete([done]);
      const { changes, last } = await store.questions.changes(PROJECT, before.last, 100);
      const told = (list: typeof changes): unknown[] => list.map(({ logId, what, name }) => [logId, what, name]);
      const expected = [
        [log.id, 'log', null],
        [log.id, 'score', 'a'],
        [log.id, 'evaluation', 'judge'],
        [log.id, 'score', 'judge'],
      ];
      expect(told(changes)).toEqual(expected);
      expect(await store.questions.changes(PROJECT, last, 100)).toEqual({ changes: [], last, complete: true });
      const first = await store.questions.changes(PROJECT, before.last, 3);
      expect(told(first.changes)).toEqual(expected.slice(0, 3));
      expect(told((await store.questions.changes(PROJECT, first.last, 3)).changes)).toEqual(expected.slice(3));
      await store.close();
    });

    it('of a number that nothing has had yet are not complete, and those of an empty store are', async () => {
      const store = await open();
      const { last, complete } = await store.questions.changes(PROJECT, null, 10);
      expect(complete).toBe(true);
      expect(await store.questions.changes(PROJECT, last, 10)).toEqual({ changes: [], last, complete: true });
      await store.logs.add([newLog()], NOW);
      const end = (await store.questions.changes(PROJECT, null, 10)).last;
      expect(await store.questions.changes(PROJECT, end, 10)).toEqual({ changes: [], last: end, complete: true });
      const beyond = await store.questions.changes(PROJECT, end + 1000, 10);
      expect(beyond).toEqual({ changes: [], last: end, complete: false });
      await store.close();
    });
  });

  describe('a property that is hidden', () => {
    it('is named among the hidden ones of its project until it is shown again', async () => {
      const store = await open();
      const other = await projectIn(store);
      const properties = new Map(['plan', '__proto__', 'a'].map((name) => [name, 'x']));
      await store.logs.add([newLog({ properties }), newLog({ projectId: other, properties })], NOW);
      const hidden = (): Promise<string[]> => store.questions.hiddenProperties(PROJECT);
      const set = (name: string, isHidden: boolean, projectId: string = PROJECT): Promise<boolean> =>
        store.edits.setPropertyHidden(projectId, name, isHidden);
      expect(await hidden()).toEqual([]);
      expect([await set('PLAN', true), await set('plan', true), await set('__proto__', true)]).toEqual([
        true,
        true,
        true,
      ]);
      expect(await hidden()).toEqual(['__proto__', 'plan']);
      expect(await store.questions.hiddenProperties(other)).toEqual([]);
      for (const name of ['unheard', '\0', '\ud800', '\u0001model'])
        expect([name, await set(name, true)]).toEqual([name, false]);
      expect(await set('plan', true, newId())).toBe(false);
      expect([await set('Plan', false), await set('plan', false)]).toEqual([true, false]);
      expect(await hidden()).toEqual(['__proto__']);
      await store.close();
    });
  });

  describe('a property that is set', () => {
    it('is found by its new value and no more by the old one', async () => {
      const store = await open();
      const [log, same] = [newLog({ properties: new Map([['plan', 'old']]) }), newLog({ properties: new Map() })];
      await store.logs.add([log, same], NOW);
      const having = async (value: string): Promise<string[]> => {
        const filter = { property: 'plan', equals: value };
        return (await store.questions.list(question({ filter }))).logs.map(({ id }) => id);
      };
      expect(await store.edits.setProperty(PROJECT, log.id, 'PLAN', 'new', NOW)).toBe(true);
      expect([await having('old'), await having('new')]).toEqual([[], [log.id]]);
      expect((await store.logs.find(PROJECT, log.id))?.properties).toEqual(new Map([['plan', 'new']]));
      expect(await store.edits.setProperty(PROJECT, same.id, 'plan', 'new', NOW)).toBe(true);
      expect(await store.edits.setProperty(PROJECT, same.id, '__proto__', 'x', NOW)).toBe(true);
      expect(await store.edits.setProperty(PROJECT, same.id, '__proto__', 'x', NOW)).toBe(true);
      expect(await having('new')).toHaveLength(2);
      expect((await store.logs.find(PROJECT, same.id))?.properties).toEqual(
        new Map([
          ['plan', 'new'],
          ['__proto__', 'x'],
        ]),
      );
      expect(await store.edits.setProperty(PROJECT, newId(), 'plan', 'new', NOW)).toBe(false);
      const other = await projectIn(store);
      expect(await store.edits.setProperty(other, log.id, 'plan', 'stolen', NOW)).toBe(false);
      expect(await store.questions.propertyNames(other)).toEqual([]);
      expect(await having('new')).toHaveLength(2);
      await store.close();
    });
  });

  describe('scores that are removed', () => {
    it('are gone from the log, from lists and from filters, of the source asked for alone', async () => {
      const store = await open();
      const log = newLog();
      await store.logs.add([log], NOW);
      const given = [score('a', 1), score('a', 2, { source: 'human' }), score('b', 3)];
      await store.scores.put(PROJECT, log.id, given, NOW);
      expect(await store.edits.removeScores(PROJECT, log.id, 'a', 'human', NOW)).toBe(1);
      expect((await store.scores.list(PROJECT, log.id)).map(({ name, value }) => [name, value])).toEqual([
        ['a', 1],
        ['b', 3],
      ]);
      expect(await store.edits.removeScores(PROJECT, log.id, 'a', null, NOW)).toBe(1);
      expect(await store.edits.removeScores(PROJECT, log.id, 'a', null, NOW)).toBe(0);
      expect(await store.edits.removeScores(PROJECT, newId(), 'b', null, NOW)).toBe(0);
      expect(await store.edits.removeScores(await projectIn(store), log.id, 'b', null, NOW)).toBe(0);
      const { logs } = await store.questions.list(question({ filter: { score: 'a', present: true } }));
      expect(logs).toEqual([]);
      expect(await store.scores.list(PROJECT, log.id)).toHaveLength(1);
      await store.close();
    });
  });
}

async function projectIn(store: Store): Promise<string> {
  const key = { id: newId(), project: 'other', name: 'a key', hash: newId().padStart(64, '0'), last4: 'abcd' };
  const created = await store.keys.create({ ...key, scopes: ['read'], createdAtMs: NOW }, newId());
  return created.projectId;
}
