/** Removing logs on SQLite: what every engine has to do, and that nothing of them is left in any file. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { MessageChannel } from 'node:worker_threads';
import { zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Caller } from '../../src/store/calls.ts';
import { readTexts } from '../../src/providers/log-texts.ts';
import { openStore } from '../../src/store/open.ts';
import { openConnection } from '../../src/store/sqlite/connection.ts';
import { startCheckpoints, startRollups, startTextIndexer, stopThread } from '../../src/store/sqlite/threads.ts';
import { openTextFile, textPath } from '../../src/store/sqlite/text-file.ts';
import { TextIndexer } from '../../src/store/sqlite/text-indexer.ts';
import { SqliteWriter } from '../../src/store/sqlite/writer.ts';
import { DEFAULT_PROJECT, type NewLog, type NewScore } from '../../src/store/store.ts';
import { newLog } from '../fixtures/new-log.ts';
import { removalAct } from '../fixtures/removal-act.ts';
import { removalsContract } from './removals-contract.ts';
import { step, Stored } from './rollups/stored.ts';
import { newWebhook } from './webhook-contract.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-removals-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('removals on SQLite', () => {
  removalsContract(() => openStore({ engine: 'sqlite', path: join(folder, 'contract.db') }));
});

const PROJECT = DEFAULT_PROJECT.id;
const NOW = 1_790_000_000_000;
const CANARY = 'canaryx5f8a1c9e7d';

const score = (name: string): NewScore => ({
  name,
  value: 1,
  reason: null,
  source: 'api',
  atMs: NOW,
  evaluator: null,
  evaluatorVersion: null,
  durationMs: null,
});

/** Wherever a client, a model or an evaluator can put a text. */
function canaryLog(index: number, webhook: string): NewLog {
  const text = `${CANARY}${index}`;
  const body = (content: string): Buffer => Buffer.from(JSON.stringify({ messages: [{ role: 'user', content }] }));
  return newLog({
    startedAtMs: NOW + index * 60_000,
    upstream: text,
    target: `https://${text}.example.com`,
    path: `/${text}`,
    modelAsked: `asked-${text}`,
    modelAnswered: text,
    model: text,
    errorCode: text,
    finishReason: text,
    userId: text,
    sessionId: text,
    sessionName: text,
    sessionPath: text,
    providerResponseId: text,
    parseError: text,
    requestHeaders: { 'content-type': text },
    responseHeaders: { 'x-request-id': text },
    requestSha256: text,
    properties: new Map([
      ['team', text],
      [`name-${text}`, 'value'],
    ]),
    requestBody: body(`please ${text} do`),
    responseBody: Buffer.from(JSON.stringify({ choices: [{ message: { role: 'assistant', content: text } }] })),
    evaluators: ['judge', 'dead'],
    webhooks: [webhook],
  });
}

/** Every place in the folder that has the text, in what is compressed, too. */
function placesOf(path: string, text: string): string[] {
  const places = readdirSync(join(path, '..')).filter((name) => readFileSync(join(path, '..', name)).includes(text));
  const look = (file: string, sql: string): void => {
    const database = new Database(file, { readonly: true });
    for (const bytes of database.prepare(sql).pluck().all() as Buffer[])
      if (zstdDecompressSync(bytes).includes(text)) places.push(`${file}: ${sql}`);
    database.close();
  };
  look(path, 'select bytes from blocks');
  look(`${path}.text`, 'select vocabulary from segments');
  return places;
}

describe('what was removed', () => {
  it('is found in no file: not in the database, its write-ahead log or the word index', async () => {
    const path = join(mkdtempSync(join(folder, 'canary-')), 'gradeway.db');
    const writer = new SqliteWriter(path);
    const textReader = new URL('../../src/providers/log-texts.ts', import.meta.url).href;
    const { port1, port2 } = new MessageChannel();
    writer.serve(port1);
    const threads = [
      startTextIndexer({ path, textReader, everyMs: 20 }),
      startCheckpoints({ path, everyMs: 20 }, () => writer.finishCheckpoint()),
      startRollups({ path, everyMs: 20, keepMs: 50 }, port2),
    ];
    const folded = async (): Promise<void> => {
      const database = new Database(path, { readonly: true });
      const waiting = database.prepare('select count(*) from changes').pluck();
      for (let round = 0; round < 500 && waiting.get() !== 0; round += 1) await sleep(20);
      expect(waiting.get()).toBe(0);
      database.close();
    };
    try {
      const webhook = newWebhook();
      await writer.call('createWebhook', webhook, 10);
      const logs = Array.from({ length: 60 }, (_, index) => canaryLog(index, webhook.id));
      const kept = Array.from({ length: 60 }, () =>
        newLog({ startedAtMs: NOW, properties: new Map([['team', 'kept']]), userId: 'kept', evaluators: [] }),
      );
      for (let at = 0; at < 60; at += 20)
        await writer.call('ingest', [...logs.slice(at, at + 20), ...kept.slice(at, at + 20)], [], NOW, false);
      const hidden: boolean[] = [];
      // Half of what follows is folded into rollups, half waits for it.
      for (const [index, log] of logs.entries()) {
        if (index === 30) await folded();
        const text = `${CANARY}${index}`;
        const by = { source: 'api' as const, evaluator: null, evaluatorVersion: null, durationMs: null, atMs: NOW };
        const scores = [
          { ...by, name: text, value: 1, reason: text },
          { ...by, name: 'tone', value: text, reason: null },
        ];
        await writer.call('putScores', PROJECT, log.id, scores, NOW + 1);
        if (index % 7 === 0) await writer.call('removeScores', PROJECT, log.id, text, null, NOW);
        if (index % 5 === 0) await writer.call('setProperty', PROJECT, log.id, 'team', `other ${text}`, NOW);
        if (index % 6 === 0) hidden.push(await writer.call('setPropertyHidden', PROJECT, `name-${text}`, true));
      }
      expect(hidden).toEqual(Array.from({ length: 10 }, () => true));
      const request = { evaluators: ['judge', 'dead'], limit: 200, nowMs: NOW, leaseUntilMs: NOW + 1 };
      for (const job of (await writer.call('claimJobs', request)).jobs) {
        const outcome = { outcome: 'failed', code: 'threw', message: CANARY, retryable: true } as const;
        const end = { evaluatorVersion: 'v1', atMs: NOW, retryAtMs: undefined, dead: job.evaluator === 'dead' };
        await writer.call('completeJobs', [{ ...end, job, outcome: { ...outcome, printed: CANARY, durationMs: 1 } }]);
      }
      const claim = { webhooks: [webhook.id], each: 100, limit: 100, nowMs: NOW, leaseUntilMs: NOW + 1 };
      for (const job of await writer.call('claimDeliveries', claim)) {
        const attempt = { status: 200, error: CANARY, answer: CANARY, durationMs: 1 };
        await writer.call('completeDeliveries', [{ job, atMs: NOW, attempt, retryAtMs: undefined, dead: false }]);
      }
      await new Caller(threads[0]!).call('settle', []);
      expect(placesOf(path, CANARY).length).toBeGreaterThan(2);
      const ids = logs.map(({ id }) => id);
      for (let at = 0; at < ids.length; at += 20)
        await writer.call('removeLogs', PROJECT, ids.slice(at, at + 20), removalAct());
      await folded();
      for (let after: number | null = 0; after !== null;) after = await writer.call('sweepScoreNames', PROJECT, after);
      await new Caller(threads[0]!).call('settle', []);
      for (let round = 0; round < 250 && placesOf(path, CANARY).length > 0; round += 1) await sleep(20);
      expect(placesOf(path, CANARY)).toEqual([]);
      expect(placesOf(path, 'kept').length).toBeGreaterThan(0);
    } finally {
      for (const thread of threads) await stopThread(thread);
      port1.close();
      writer.close();
    }
  }, 60_000);

  it('is forgotten by other processes that have the file open', async () => {
    const path = join(folder, 'two.db');
    const [one, two] = [new SqliteWriter(path), new SqliteWriter(path)];
    const add = async (writer: SqliteWriter, value: string): Promise<string> => {
      const log = newLog({ properties: new Map([['team', value]]) });
      await writer.call('ingest', [log], [], NOW, false);
      await writer.call('putScores', PROJECT, log.id, [score(value)], NOW + 1);
      return log.id;
    };
    try {
      const id = await add(one, 'red');
      await two.call('removeLogs', PROJECT, [id], removalAct());
      // Ids are given again: the first would file its log under what the second has put there.
      await add(two, 'blue');
      await add(one, 'red');
      const database = new Database(path, { readonly: true });
      const of = (sql: string): unknown[] => database.prepare(sql).raw().all();
      expect(of('select value, count(*) from log_properties join properties on id = property group by value')).toEqual([
        ['blue', 1],
        ['red', 1],
      ]);
      expect(of('select name, count(*) from scores join measures on id = measure group by name')).toEqual([
        ['blue', 1],
        ['red', 1],
      ]);
      database.close();
    } finally {
      one.close();
      two.close();
    }
  });

  it('leaves its number to no other log, and the word index as it is', async () => {
    const path = join(folder, 'numbers.db');
    const writer = new SqliteWriter(path);
    const open = (): TextIndexer =>
      new TextIndexer(openConnection(path, { readonly: true }), openTextFile(textPath(path)), readTexts);
    try {
      const logs = [newLog(), newLog()];
      await writer.call('ingest', logs, [], NOW, false);
      const first = open();
      first.step();
      first.close();
      await writer.call('removeLogs', PROJECT, [logs[1]!.id], removalAct());
      const second = open();
      expect(second.behind).toBe(0);
      await writer.call('ingest', [newLog()], [], NOW, false);
      expect(second.behind).toBe(1);
      second.close();
    } finally {
      writer.close();
    }
  });

  it('leaves no row of anything behind, in whatever order it was written, folded and removed', () => {
    let run = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const stored = new Stored(join(folder, `rows-${(run += 1)}.db`));
        try {
          for (const one of steps) one(stored);
          for (const id of stored.ids) stored.removeLog(id);
          while (stored.fold());
          stored.sweepScoreNames();
          const left = (sql: string): unknown => stored.connection.prepare(sql).pluck().get();
          for (const table of [
            'logs',
            'blocks',
            'log_properties',
            'scores',
            'evaluations',
            'jobs',
            'rollups',
            'day_rollups',
          ])
            expect([table, left(`select count(*) from ${table}`)]).toEqual([table, 0]);
          // Sources and versions of evaluators, which are names of settings, stay.
          expect(
            left(`select count(*) from properties where name not in ('\u0001source', '\u0001evaluatorVersion')`),
          ).toBe(0);
        } finally {
          stored.connection.close();
        }
      }),
      { numRuns: Number(process.env.GRADEWAY_REMOVAL_RUNS ?? 15) },
    );
  }, 60_000);
});
