/** The migrations say what the schemas say: `npm run generate` has nothing to add, on either engine. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const SCHEMAS = {
  sqlite: { dialect: 'sqlite', folder: 'src/store/sqlite' },
  postgres: { dialect: 'postgresql', folder: 'src/store/postgres' },
};

describe('the migrations', () => {
  it.each(Object.entries(SCHEMAS))('of %s are those of its schema', (engine, { dialect, folder }) => {
    // Below the project, since drizzle-kit takes relative paths only.
    const copy = mkdtempSync(join(ROOT, 'node_modules/.migrations-'));
    onTestFinished(() => rmSync(copy, { recursive: true }));
    cpSync(join(ROOT, 'drizzle', engine), copy, { recursive: true });
    const before = readdirSync(copy).toSorted();
    const kit = join(dirname(createRequire(import.meta.url).resolve('drizzle-kit')), 'bin.cjs');
    const out = copy.slice(ROOT.length + 1);
    const given = ['generate', `--dialect=${dialect}`, `--schema=./${folder}/*schema.ts`, `--out=./${out}`];
    const { status, stdout, stderr } = spawnSync(process.execPath, [kit, ...given], { cwd: ROOT, encoding: 'utf8' });
    expect(`${status} ${stderr}`).toMatch(/^0 /);
    expect(stdout).toContain('No schema changes');
    expect(readdirSync(copy).toSorted()).toEqual(before);
  });
});
