import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAIN = join(import.meta.dirname, 'main.ts');
const RUN_MS = 60_000;

function run(...given: string[]): Promise<{ stdout: string; stderr: string }> {
  return promisify(execFile)(process.execPath, [MAIN, ...given], { timeout: RUN_MS });
}

describe('the bench', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gradeway-bench-test-'));
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it(
    'prints each figure with its goals and writes the same as JSON',
    async () => {
      const file = join(folder, 'figures.json');
      const { stdout } = await run('ingest', 'latency', '--quick', '--json', file);
      expect(stdout).toMatch(/cores, \d+ GB/);
      expect(stdout).toMatch(/ingest: rate +[\d,]+ +logs\/s +at least 15,000 logs\/s +(met|MISSED)/);
      expect(stdout).toMatch(
        /latency: durable p99 +[\d.,]+ +ms +[+-][\d.]+ ms +under 8 ms added +(met|MISSED|not measured)/,
      );
      expect(stdout).toMatch(/\d of 5 goals met/);
      const { measured, missing } = JSON.parse(readFileSync(file, 'utf8')) as {
        measured: { figure: string; rows: { values: number[] }[] }[];
        missing: string[];
      };
      expect(missing).toEqual([]);
      expect(measured.map(({ figure }) => figure)).toEqual(['latency', 'ingest']);
      const values = measured.flatMap(({ rows }) => rows.flatMap((row) => row.values));
      expect(values.filter((value) => !(value > 0))).toEqual([]);
    },
    RUN_MS,
  );

  it('refuses a figure that it does not know, and names those that it does', async () => {
    await expect(run('speed')).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/speed.*json, events/) });
  });
});
