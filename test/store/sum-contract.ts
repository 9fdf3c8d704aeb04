/** What every engine's sums over users and sessions must be: what adding the logs up in memory says. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareCodePoints } from '../../src/model/filter-match.ts';
import type { Filter } from '../../src/model/filter.ts';
import { newId } from '../../src/model/id.ts';
import { summaryOf } from '../../src/statistics/summary.ts';
import { DEFAULT_PROJECT, type NewLog, type Store } from '../../src/store/store.ts';
import {
  type LogSum,
  MOST_USERS,
  SUM_NUMBERS,
  type SummedBy,
  type SumFilter,
  type SumNumber,
  type SumPage,
  type SumPageQuestion,
} from '../../src/store/sums.ts';
import { seededRandom } from '../fakes/random.ts';
import { newLog } from '../fixtures/new-log.ts';

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const DAY_MS = 86_400_000;
const TEXTS = ['', 'ada', 'Ada', 'ÄDA', 'grace', "o'%_", '\u{1f600}', '\u{e000}', '__proto__'];

function question(changes: Partial<SumPageQuestion>): SumPageQuestion {
  return {
    projectId: PROJECT,
    filter: null,
    fromMs: null,
    toMs: null,
    by: 'user',
    aheadMs: 0,
    having: null,
    order: { by: 'key', direction: 'asc' },
    offset: 0,
    limit: 1000,
    timeLimitMs: 20_000,
    ...changes,
  };
}

/** Costs are whole multiples of 2^-10, so that no order of adding rounds them. */
function someLogs(count: number): NewLog[] {
  const random = seededRandom(7);
  const oneOf = <One>(list: readonly One[]): One => random.pick(list);
  const tokens = (): number => random.between(0, 50);
  return Array.from({ length: count }, () => {
    const sessionId = random.next() < 0.3 ? null : oneOf(TEXTS);
    return newLog({
      userId: random.next() < 0.2 ? null : oneOf(TEXTS),
      sessionId,
      sessionName: sessionId === null || random.next() < 0.3 ? null : oneOf(TEXTS),
      startedAtMs: oneOf([NOW, 0]) + Math.floor((random.next() - 0.5) * 6 * DAY_MS),
      durationMs: Math.floor(random.next() * 4000) / 4,
      costUsd: random.next() < 0.3 ? null : Math.floor(random.next() * 2048) / 1024,
      status: oneOf([200, 429]),
      requestBody: Buffer.from(`{"messages":[{"role":"user","content":"${oneOf(['Hello', 'Aardvark'])}"}]}`),
      properties: new Map(random.next() < 0.2 ? [] : [['__proto__', oneOf(TEXTS)]]),
      usage:
        random.next() < 0.3
          ? null
          : {
              inputTokens: tokens(),
              cachedInputTokens: tokens(),
              cacheWriteTokens: oneOf([0, 5]),
              audioInputTokens: oneOf([0, 3]),
              outputTokens: tokens(),
              reasoningTokens: tokens(),
              audioOutputTokens: oneOf([0, 2]),
              estimated: false,
            },
    });
  });
}

const totalOf = (values: number[]): number | null =>
  values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
const meanOf = (values: number[]): number | null => (values.length === 0 ? null : totalOf(values)! / values.length);

function groupOf(log: NewLog, by: SummedBy): (string | null)[] | undefined {
  if (by === 'user') return [log.userId];
  if (typeof by === 'object') {
    const value = log.properties.get(by.property.toLowerCase());
    return value === undefined ? undefined : [value];
  }
  if (log.sessionId === null) return undefined;
  return by === 'session' ? [log.sessionId, log.sessionName] : [log.sessionName];
}

/** The same, added up here. */
function sumsOf(logs: NewLog[], by: SummedBy, aheadMs: number): LogSum[] {
  const groups = new Map<string, NewLog[]>();
  for (const log of logs) {
    const group = groupOf(log, by);
    if (group === undefined) continue;
    groups.set(JSON.stringify(group), [...(groups.get(JSON.stringify(group)) ?? []), log]);
  }
  return [...groups].map(([group, members]) => {
    const [key, name = null] = JSON.parse(group) as [string | null, (string | null)?];
    const usages = members.flatMap(({ usage }) => (usage === null ? [] : [usage]));
    const totals = usages.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens);
    const durations = members.map(({ durationMs }) => durationMs);
    const starts = members.map(({ startedAtMs }) => startedAtMs);
    const days = new Set(starts.map((ms) => Math.floor((ms + aheadMs) / DAY_MS))).size;
    return {
      key,
      name,
      users:
        by === 'session'
          ? [...new Set(members.flatMap(({ userId }) => (userId === null ? [] : [userId])))].toSorted(compareCodePoints)
          : [],
      logs: members.length,
      costUsd: totalOf(members.flatMap(({ costUsd }) => (costUsd === null ? [] : [costUsd]))),
      plainInputTokens: totalOf(
        usages.map((one) =>
          Math.max(0, one.inputTokens - one.cachedInputTokens - one.cacheWriteTokens - one.audioInputTokens),
        ),
      ),
      plainOutputTokens: totalOf(
        usages.map((one) => Math.max(0, one.outputTokens - one.reasoningTokens - one.audioOutputTokens)),
      ),
      totalTokens: totalOf(totals),
      meanTokens: meanOf(totals),
      durationMs: totalOf(durations),
      meanDurationMs: meanOf(durations),
      firstMs: Math.min(...starts),
      lastMs: Math.max(...starts),
      spanMs: Math.max(...starts) - Math.min(...starts),
      days: by === 'user' ? days : null,
      logsPerDay: by === 'user' ? members.length / days : null,
      sessions: by === 'sessionName' ? new Set(members.map(({ sessionId }) => sessionId)).size : null,
    };
  });
}

function compareTexts(one: string | null, other: string | null): number {
  return one === null || other === null ? Number(other === null) - Number(one === null) : compareCodePoints(one, other);
}

/** Absent values last, then by key and name, absent ones first. */
function sorted(rows: LogSum[], by: SumNumber | 'key', direction: 'asc' | 'desc'): LogSum[] {
  const sign = direction === 'asc' ? 1 : -1;
  return rows.toSorted((one, other) => {
    const [a, b] = [one[by], other[by]];
    const first =
      a === null || b === null
        ? Number(a === null) - Number(b === null)
        : sign * (typeof a === 'string' ? compareCodePoints(a, b as string) : a - (b as number));
    return first || compareTexts(one.key, other.key) || compareTexts(one.name, other.name);
  });
}

export function sumContract(open: () => Promise<Store>): void {
  describe('sums over groups of logs', () => {
    let store: Store;
    let logs: NewLog[];
    beforeAll(async () => {
      store = await open();
      logs = someLogs(400);
      await store.logs.add(logs, NOW);
      const { projectId } = await store.keys.create(
        { id: newId(), project: 'other', name: '', hash: 'h', last4: '', scopes: ['read'], createdAtMs: 1 },
        newId(),
      );
      await store.logs.add([newLog({ projectId, userId: 'foreign', sessionId: 'foreign' })], NOW);
    }, 60_000);
    afterAll(() => store.close());

    const ask = (changes: Partial<SumPageQuestion>): Promise<SumPage> => store.questions.sums(question(changes));

    it.each<SummedBy>(['user', 'session', 'sessionName', { property: '__PROTO__' }])(
      'are what the logs add up to, by %o',
      async (by) => {
        for (const aheadMs of [0, 5.5 * 3_600_000, -11 * 3_600_000]) {
          const { rows, totals, known } = await ask({ by, aheadMs });
          const expected = sumsOf(logs, by, aheadMs);
          expect(rows).toEqual(sorted(expected, 'key', 'asc'));
          expect({ ...totals, known }).toEqual({
            groups: expected.length,
            priced: expected.filter(({ costUsd }) => costUsd !== null).length,
            logs: totalOf(expected.map((row) => row.logs!)),
            costUsd: totalOf(expected.map(({ costUsd }) => costUsd ?? 0)),
            durationMs: totalOf(expected.map(({ durationMs }) => durationMs!)),
            known: true,
          });
        }
      },
    );

    it.each([...SUM_NUMBERS, 'key'] as const)('are ordered by %s, absent values last', async (number) => {
      const by = number === 'sessions' ? 'sessionName' : number.startsWith('days') ? 'user' : 'session';
      for (const direction of ['asc', 'desc'] as const) {
        const { rows } = await ask({ by, order: { by: number, direction } });
        expect(rows).toEqual(sorted(sumsOf(logs, by, 0), number, direction));
      }
    });

    it('are paged, with the totals of all pages', async () => {
      const whole = await ask({ by: 'session', order: { by: 'logs', direction: 'desc' } });
      const pages: LogSum[] = [];
      for (let offset = 0; offset < whole.rows.length; offset += 7) {
        const page = await ask({ by: 'session', order: { by: 'logs', direction: 'desc' }, offset, limit: 7 });
        expect(page.totals).toEqual(whole.totals);
        pages.push(...page.rows);
      }
      expect(pages).toEqual(whole.rows);
      const beyond = await ask({ by: 'session', offset: 1000 });
      expect([beyond.rows, beyond.totals]).toEqual([[], whole.totals]);
    });

    it.each<{ name: string; filter: Filter; holds: (log: NewLog) => boolean }>([
      { name: 'a field', filter: { field: 'status', equals: 429 }, holds: ({ status }) => status === 429 },
      { name: 'the user', filter: { field: 'userId', equals: 'ada' }, holds: ({ userId }) => userId === 'ada' },
      {
        name: 'a text',
        filter: { text: 'input', contains: 'aard' },
        holds: ({ requestBody }) => Buffer.from(requestBody!).includes('Aard'),
      },
      { name: 'nothing', filter: { or: [] }, holds: () => false },
    ])('are of the logs that a filter on $name and a range leave', async ({ filter, holds }) => {
      const range = { fromMs: NOW - DAY_MS, toMs: NOW + DAY_MS };
      const within = logs.filter(
        (log) => holds(log) && log.startedAtMs >= range.fromMs && log.startedAtMs < range.toMs,
      );
      for (const by of ['user', 'session', 'sessionName', { property: '__proto__' }] as const) {
        const { rows, known } = await ask({ by, filter, ...range });
        expect(rows).toEqual(sorted(sumsOf(within, by, 0), 'key', 'asc'));
        expect(known).toBe(true);
      }
    });

    it.each<{ name: string; having: SumFilter; holds: (row: LogSum) => boolean }>([
      { name: 'a number', having: { sum: 'logs', gte: 10, lt: 40 }, holds: ({ logs: n }) => n! >= 10 && n! < 40 },
      { name: 'a fraction', having: { sum: 'meanDurationMs', gt: 500.5 }, holds: (row) => row.meanDurationMs! > 500.5 },
      {
        name: 'an absent number',
        having: { not: { sum: 'costUsd', gte: 0 } },
        holds: ({ costUsd }) => costUsd === null,
      },
      { name: 'a key', having: { of: 'key', equals: 'Ada' }, holds: ({ key }) => key === 'Ada' },
      {
        name: 'a part of the key',
        having: { of: 'key', contains: 'äd' },
        holds: ({ key }) => key !== null && key.toLowerCase().includes('äd'),
      },
      { name: 'no name', having: { of: 'name', present: false }, holds: ({ name }) => name === null },
      {
        name: 'one of two',
        having: {
          or: [
            { of: 'name', in: ['grace', '\ud800'] },
            { sum: 'logs', equals: 1 },
          ],
        },
        holds: ({ name, logs: n }) => name === 'grace' || n === 1,
      },
      {
        name: 'both of two',
        having: { and: [{ of: 'key', gte: 'a', lt: 'b' }, { not: { sum: 'logs', lte: 3 } }] },
        holds: ({ key, logs: n }) => key !== null && key >= 'a' && key < 'b' && n! > 3,
      },
    ])('are of groups with $name where that is asked for', async ({ having, holds }) => {
      const expected = sorted(sumsOf(logs, 'session', 0).filter(holds), 'key', 'asc');
      expect(expected.length).toBeGreaterThan(0);
      const { rows, totals } = await ask({ by: 'session', having });
      expect(rows).toEqual(expected);
      expect(totals.groups).toBe(expected.length);
    });

    it('are spread as a value a group', async () => {
      const numbers: SumNumber[] = ['logs', 'costUsd', 'spanMs'];
      const having: SumFilter = { sum: 'logs', gt: 2 };
      const expected = sumsOf(logs, 'session', 0).filter((row) => row.logs! > 2);
      const summaries = await store.questions.spread(question({ by: 'session', having }), numbers);
      expect(summaries).toEqual(
        numbers.map((number) => summaryOf(expected.flatMap((row) => (row[number] === null ? [] : [row[number]])))),
      );
    });

    it(`name at most ${MOST_USERS} users of a session`, async () => {
      const userId = (index: number): string => `u-${String(index).padStart(3, '0')}`;
      const many = Array.from({ length: MOST_USERS + 5 }, (_, index) =>
        newLog({ sessionId: 'crowded', userId: userId(index), startedAtMs: NOW + 100 * DAY_MS }),
      );
      await store.logs.add(many, NOW);
      const { rows } = await ask({ by: 'session', fromMs: NOW + 99 * DAY_MS });
      expect(rows[0]!.users).toEqual(Array.from({ length: MOST_USERS }, (_, index) => userId(index)));
    });

    it('are none of a project without logs, and none of another', async () => {
      const empty = { rows: [], totals: { groups: 0, priced: 0, logs: 0, costUsd: null, durationMs: 0 }, known: false };
      expect(await ask({ projectId: newId() })).toEqual(empty);
      expect(await ask({ by: { property: 'unheard' } })).toEqual(empty);
      const keys = (await ask({})).rows.map(({ key }) => key);
      expect(keys).not.toContain('foreign');
    });
  });
}
