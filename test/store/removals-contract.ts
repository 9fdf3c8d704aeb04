/** What every engine must do when logs are removed, and what it notes of it. That bytes are gone is tested by engine. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { NewLog, NewScore, Store } from '../../src/store/store.ts';
import { newLog as anyLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { newOutput, newResult, newRun } from './runs-contract.ts';
import { newWebhook } from './webhook-contract.ts';

const NOW = 1_790_000_000_000;

const score = (name: string, value: NewScore['value']): NewScore => ({
  name,
  value,
  source: 'api',
  reason: 'so',
  durationMs: null,
  atMs: NOW,
  evaluator: null,
  evaluatorVersion: null,
});

export function removalsContract(open: () => Promise<Store>): void {
  let store: Store;
  /** Each test has a project of its own. */
  let project: string;
  let projects = 0;
  beforeAll(async () => {
    store = await open();
  });
  afterAll(() => store.close());
  beforeEach(async () => {
    project = await newProject();
  });

  const newLog = (changes: Partial<NewLog> = {}): NewLog => anyLog({ projectId: project, ...changes });

  const idsOf = async (): Promise<string[]> => {
    const page = await store.questions.list({
      projectId: project,
      filter: null,
      fromMs: null,
      toMs: null,
      after: null,
      offset: 0,
      limit: 1000,
      order: { by: 'startedAtMs', direction: 'asc' },
      bodies: false,
      timeLimitMs: 20_000,
    });
    return page.logs.map(({ id }) => id);
  };
  const claim = () =>
    store.jobs.claim({ evaluators: ['judge'], limit: 100, nowMs: NOW + 1, leaseUntilMs: NOW + 60_000 });
  const newProject = async (): Promise<string> => {
    const name = `removals ${(projects += 1)}`;
    const key = { id: newId(), project: name, name, hash: name.padStart(64, '0'), last4: 'abcd' };
    return (await store.keys.create({ ...key, scopes: ['read'], createdAtMs: NOW }, newId())).projectId;
  };

  describe('removing logs', () => {
    it('leaves nothing of them to be asked for, and everything of the others', async () => {
      const common = { properties: new Map([['team', 'red']]), evaluators: ['judge'] };
      const gone = newLog({ ...common, userId: 'gone', properties: new Map([...common.properties, ['case', 'gone']]) });
      const kept = newLog({ ...common, userId: 'kept' });
      await store.logs.add([gone, kept], NOW);
      await store.scores.put(project, gone.id, [score('only-here', 'gone'), score('both', 1)], NOW + 1);
      await store.scores.put(project, kept.id, [score('both', 2)], NOW + 1);
      expect(await store.removals.removeLogs(project, [gone.id], removalAct())).toBe(1);
      for (const id of [gone.id, gone.requestId, gone.providerResponseId!])
        expect(await store.logs.find(project, id)).toBeUndefined();
      expect(await store.logs.getMany([gone.id, kept.id])).toHaveLength(1);
      expect(await idsOf()).toEqual([kept.id]);
      expect(await store.scores.list(project, gone.id)).toEqual([]);
      expect(await store.scores.names(project)).toEqual([{ name: 'both', kind: 'number' }]);
      expect(await store.questions.propertyNames(project)).toEqual([{ name: 'team', values: 1 }]);
      expect(await store.questions.propertyValues(project, 'case', '', 10)).toEqual([]);
      const jobs = await claim();
      expect(jobs.map(({ logId }) => logId)).toEqual([kept.id]);
      const left = (await store.logs.find(project, kept.id))!;
      expect(Buffer.from(left.requestBody!)).toEqual(Buffer.from(kept.requestBody!));
      expect([left.properties, left.requestHeaders]).toEqual([kept.properties, kept.requestHeaders]);
      expect(await store.scores.list(project, kept.id)).toMatchObject([{ name: 'both', value: 2 }]);
      await store.removals.removeLogs(project, [kept.id], removalAct());
    });

    it('takes jobs and deliveries away from whoever holds them', async () => {
      const webhook = newWebhook({ projectId: project });
      await store.webhooks.create(webhook, 10);
      const log = newLog({ evaluators: ['judge'], webhooks: [webhook.id] });
      await store.logs.add([log], NOW);
      const [job] = await claim();
      const [delivery] = await store.deliveries.claim({
        webhooks: [webhook.id],
        each: 10,
        limit: 10,
        nowMs: NOW + 1,
        leaseUntilMs: NOW + 60_000,
      });
      await store.removals.removeLogs(project, [log.id], removalAct());
      const scores = [{ name: 'late', value: 1, reason: null }];
      const end = { atMs: NOW + 2, retryAtMs: undefined, dead: false };
      const outcome = { outcome: 'scored', scores, printed: '', durationMs: 1 } as const;
      expect(await store.jobs.complete([{ ...end, job: job!, evaluatorVersion: 'v1', outcome }])).toEqual({
        fenced: 1,
      });
      const attempt = { status: 200, error: null, answer: 'late', durationMs: 1 };
      expect(await store.deliveries.complete([{ ...end, job: delivery!, attempt }])).toEqual({ fenced: 1 });
      expect(await store.scores.names(project)).toEqual([]);
      expect((await store.deliveries.list(project, webhook.id, { limit: 10, cursor: null }))!.deliveries).toEqual([]);
      expect(await store.jobs.backlog()).toMatchObject({ pending: 0, leased: 0, dead: 0 });
    });

    it('takes with it what runs said of them', async () => {
      const [gone, kept] = [newLog(), newLog()];
      await store.logs.add([gone, kept], NOW);
      const run = newRun({ projectId: project });
      await store.runs.create(run);
      const outputs = [newOutput(0, { logId: gone.id }), newOutput(1, { logId: kept.id })];
      await store.runs.putOutputs(run.id, outputs, false);
      const results = [newResult(0, { reason: 'it said so' }), newResult(1)];
      await store.runs.putResults(run.id, results, false);
      await store.removals.removeLogs(project, [gone.id], removalAct());
      const everywhere = { from: 0, to: 1e9 };
      expect(await store.runs.outputs(run.id, everywhere)).toEqual([outputs[1]]);
      expect(await store.runs.results(run.id, everywhere)).toEqual([results[1]]);
    });

    it('passes over ids that the project does not have', async () => {
      const other = await newProject();
      const foreign = newLog({ projectId: other });
      const own = newLog();
      await store.logs.add([foreign, own], NOW);
      expect(await store.removals.removeLogs(project, [foreign.id, newId(), own.id, own.id], removalAct())).toBe(1);
      expect(await store.logs.find(other, foreign.id)).toBeDefined();
      expect(await store.removals.removeLogs(newId(), [foreign.id], removalAct())).toBe(0);
    });

    it('removes many, and commits new ones behind them', async () => {
      const logs = Array.from({ length: 150 }, (_, index) => newLog({ startedAtMs: NOW + index }));
      await store.logs.add(logs, NOW);
      const [first, ...rest] = logs.map(({ id }) => id);
      expect(await store.removals.removeLogs(project, rest, removalAct())).toBe(149);
      const fresh = newLog({ startedAtMs: NOW + 1000 });
      await store.logs.add([fresh], NOW);
      expect(await idsOf()).toEqual([first, fresh.id]);
      const { responseBody } = (await store.logs.find(project, first!))!;
      expect(Buffer.from(responseBody!)).toEqual(Buffer.from(logs[0]!.responseBody!));
    });

    it('can remove a log that comes again', async () => {
      const log = newLog({ properties: new Map([['team', 'red']]) });
      for (let round = 0; round < 3; round += 1) {
        await store.logs.add([log], NOW);
        expect(await store.questions.propertyValues(project, 'team', '', 10)).toEqual(['red']);
        expect(await store.removals.removeLogs(project, [log.id], removalAct())).toBe(1);
        expect(await store.questions.propertyNames(project)).toEqual([]);
      }
    });
  });

  it('removes logs that started before, the oldest first and so many as are wanted', async () => {
    const logs = Array.from({ length: 100 }, (_, index) => newLog({ startedAtMs: NOW - index }));
    const other = await newProject();
    const foreign = newLog({ projectId: other, startedAtMs: 1 });
    await store.logs.add([...logs, foreign], NOW);
    const remove = (limit: number) => store.removals.removeBefore(project, NOW - 9, limit, removalAct());
    expect(await remove(40)).toEqual({ removed: 40, more: true });
    expect(await idsOf()).toEqual(
      logs
        .slice(0, 60)
        .map(({ id }) => id)
        .toReversed(),
    );
    expect(await remove(1000)).toEqual({ removed: 50, more: false });
    expect(await remove(1000)).toEqual({ removed: 0, more: false });
    expect(await idsOf()).toEqual(
      logs
        .slice(0, 10)
        .map(({ id }) => id)
        .toReversed(),
    );
    expect(await store.logs.find(other, foreign.id)).toBeDefined();
  });

  it('removes months whole or leaves them to be removed log by log, and touches no other', async () => {
    const [first, second] = [Date.UTC(2020, 0), Date.UTC(2020, 1)];
    const logs = [first, first + 1, second].map((startedAtMs) => newLog({ startedAtMs }));
    const foreign = newLog({ projectId: await newProject(), startedAtMs: first });
    await store.logs.add([...logs, foreign], NOW);
    const kept = { projectId: project, beforeMs: second, act: removalAct() };
    expect(await store.removals.removeMonth([kept])).toEqual({ removed: 0, more: false });
    await store.removals.removeLogs(foreign.projectId, [foreign.id], removalAct());
    let removed = 0;
    for (let more = true; more;) {
      const month = await store.removals.removeMonth([kept]);
      removed += month.removed;
      ({ more } = month);
    }
    removed += (await store.removals.removeBefore(project, second, 10, kept.act)).removed;
    expect(removed).toBe(2);
    expect(await idsOf()).toEqual([logs[2]!.id]);
    expect(await store.audit.list(project, { after: null, limit: 1 })).toMatchObject([{ ...kept.act, count: 2 }]);
  });

  it('counts what an act removes on one row of the audit, and notes none that removes nothing', async () => {
    const logs = Array.from({ length: 80 }, () => newLog());
    await store.logs.add(logs, NOW);
    const ids = logs.map(({ id }: NewLog) => id);
    const other = await newProject();
    const many = removalAct({ actor: 'retention', details: { days: 30 } });
    const one = removalAct({ actor: 'local', target: ids[79]!, atMs: NOW + 1 });
    await store.removals.removeLogs(project, ids.slice(0, 79), many);
    await store.removals.removeLogs(project, ids.slice(79), one);
    await store.removals.removeLogs(project, ids, removalAct());
    const rows = await store.audit.list(project, { after: null, limit: 10 });
    expect(rows).toMatchObject([
      { ...one, action: 'logs.removed', count: 1, keyName: null },
      { ...many, action: 'logs.removed', count: 79 },
      { action: 'key.created', actor: 'command', count: 1 },
    ]);
    expect(await store.audit.list(project, { after: rows[0]!.seq, limit: 1 })).toEqual([rows[1]]);
    expect(await store.audit.list(project, { after: null, limit: 1 })).toEqual([rows[0]]);
    expect(await store.audit.list(other, { after: null, limit: 10 })).toMatchObject([{ action: 'key.created' }]);
    expect(await store.audit.list(newId(), { after: null, limit: 10 })).toEqual([]);
  });
}
