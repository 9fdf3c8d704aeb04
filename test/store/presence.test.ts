/** The lock that says that a replica lives: held by the process, let go by the kernel. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isGone, Presence } from '../../src/store/presence.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-presence-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('is held until it is closed, and leaves nothing', () => {
  const database = join(folder, 'a.db');
  const presence = new Presence(database, 'one');
  expect(isGone(database, 'one')).toBe(false);
  expect(isGone(database, 'other')).toBe(true);
  presence.close();
  expect(isGone(database, 'one')).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});

it('is tidied up after by the next replica', () => {
  const database = join(folder, 'a.db');
  writeFileSync(`${database}.dead.lock`, '');
  const living = new Presence(database, 'living');
  const next = new Presence(database, 'next');
  expect(readdirSync(folder).toSorted()).toEqual(['a.db.living.lock', 'a.db.next.lock']);
  next.close();
  living.close();
});

it('ends with a process that is killed', async () => {
  const database = join(folder, 'a.db');
  const module = JSON.stringify(new URL('../../src/store/presence.ts', import.meta.url).href);
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      `import { Presence } from ${module}; globalThis.held = new Presence(${JSON.stringify(database)}, 'one'); console.log('held'); setInterval(() => {}, 1000);`,
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  expect(isGone(database, 'one')).toBe(false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(isGone(database, 'one')).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
});
