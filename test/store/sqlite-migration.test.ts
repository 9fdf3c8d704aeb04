/** A database of the first schema, with rows in it, opened by this version. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { bytesOfUuid } from '../../src/store/sqlite/uuid.ts';
import { DEFAULT_PROJECT } from '../../src/store/store.ts';
import { newId } from '../../src/model/id.ts';

const MIGRATIONS = join(import.meta.dirname, '..', '..', 'drizzle', 'sqlite');

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-migration-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('carries over the scores, outcomes and names of a database of the first schema', async () => {
  const path = join(folder, 'gradeway.db');
  const [first, second] = [newId(), newId()];
  const old = new Database(path);
  applyFirst(old);
  old.prepare('insert into projects values (1, ?, ?, 0)').run(bytesOfUuid(DEFAULT_PROJECT.id), DEFAULT_PROJECT.name);
  const log = old.prepare(
    `insert into logs (seq, id, project, upstream, provider, target, method, path, flags, ending, started_at_ms, duration_ms,
       request_size, response_size, properties_dropped)
     values (?, ?, 1, 'openai', 'openai', 'https://x', 'POST', '/', 192, 'ended', ?, 1, 0, 0, 0)`,
  );
  log.run(1, bytesOfUuid(first), 1000);
  log.run(2, bytesOfUuid(second), 2000);
  const score = old.prepare('insert into scores values (?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?)');
  score.run(1, 'accuracy', 'evaluator', 'judge', 'v1', 'number', 0.25, null, 'before', 3, 10);
  score.run(1, 'only v1', 'evaluator', 'judge', 'v1', 'boolean', 1, null, null, 3, 10);
  score.run(1, 'accuracy', 'evaluator', 'judge', 'v2', 'number', -5, null, 'after', 3, 20);
  score.run(1, 'accuracy', 'api', '', '', 'boolean', 0, null, null, null, 30);
  score.run(2, '__proto__', 'human', '', '', 'category', null, 'ünï \u{1f600}', null, null, 40);
  const name = old.prepare('insert into score_names values (1, ?, ?)');
  for (const [one, kind] of [
    ['accuracy', 'number'],
    ['accuracy', 'boolean'],
    ['only v1', 'boolean'],
    ['__proto__', 'category'],
    ['long gone', 'number'],
  ])
    name.run(one, kind);
  const evaluation = old.prepare(`insert into evaluations values (1, 'judge', ?, ?, null, null, 'seen', 3, 1, ?)`);
  evaluation.run('v1', 'failed', 10);
  evaluation.run('v2', 'scored', 20);
  old.close();

  const store = await openStore({ engine: 'sqlite', path });
  const plain = { evaluator: null, evaluatorVersion: null, durationMs: null, reason: null };
  expect(await store.scores.list(DEFAULT_PROJECT.id, first)).toEqual([
    {
      name: 'accuracy',
      value: -5,
      reason: 'after',
      source: 'evaluator',
      evaluator: 'judge',
      evaluatorVersion: 'v2',
      durationMs: 3,
      atMs: 20,
    },
    { ...plain, name: 'accuracy', value: false, source: 'api', atMs: 30 },
  ]);
  expect(await store.scores.list(DEFAULT_PROJECT.id, second)).toEqual([
    { ...plain, name: '__proto__', value: 'ünï \u{1f600}', source: 'human', atMs: 40 },
  ]);
  expect((await store.scores.names(DEFAULT_PROJECT.id)).map(({ name: one, kind }) => `${one}:${kind}`)).toEqual([
    '__proto__:category',
    'accuracy:boolean',
    'accuracy:number',
    'long gone:number',
    'only v1:boolean',
  ]);
  expect(await store.scores.evaluations(DEFAULT_PROJECT.id, first)).toMatchObject([
    { evaluatorVersion: 'v1', outcome: 'failed' },
    { evaluatorVersion: 'v2', outcome: 'scored', printed: 'seen' },
  ]);
  await store.close();

  const now = new Database(path, { readonly: true });
  const count = (text: string): unknown => now.prepare(text).pluck().get();
  expect(count('select count(*) from scores')).toBe(5);
  expect(count('select group_concat(version) from scores join origins on id = origin where superseded = 1')).toBe(
    'v1,v1',
  );
  // What rollups are still to be told: both logs, the current scores, the current outcome.
  expect(now.prepare('select what, log, new_number, new_category from changes order by seq').raw().all()).toEqual([
    ['log', 1, null, null],
    ['log', 2, null, null],
    ['score', 1, 0, null],
    ['score', 1, -5, null],
    ['score', 2, null, 'ünï \u{1f600}'],
    ['evaluation', 1, null, 'scored'],
  ]);
  now.close();
});

/** As the first version left it: its tables, and drizzle's note that they are there. */
function applyFirst(database: Database.Database): void {
  const text = readFileSync(join(MIGRATIONS, '0000_first.sql'), 'utf8');
  for (const statement of text.split('--> statement-breakpoint')) database.exec(statement);
  const { entries } = JSON.parse(readFileSync(join(MIGRATIONS, 'meta', '_journal.json'), 'utf8')) as {
    entries: { when: number }[];
  };
  database.exec('create table __drizzle_migrations (id integer primary key, hash text not null, created_at numeric)');
  database.prepare('insert into __drizzle_migrations (hash, created_at) values (?, ?)').run('first', entries[0]!.when);
}
