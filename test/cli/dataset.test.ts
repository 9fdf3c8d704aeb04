/** `gradeway dataset ...` and `gradeway compare` as a user calls them, on a database in a folder of its own. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/store/open.ts';
import { newLog } from '../fixtures/new-log.ts';
import { type Finished, run, workplace } from './process.ts';

let place: ReturnType<typeof workplace>;
beforeAll(() => {
  place = workplace();
});
afterAll(() => place.remove());

const dataset = (...given: string[]): Promise<Finished> => run(place.folder, ['dataset', ...given]);
const file = (name: string): string => join(place.folder, name);
const answered = async (...given: string[]): Promise<[number | null, string]> => {
  const { code, stdout, stderr } = await dataset(...given);
  return [code, stdout + stderr];
};

describe('gradeway dataset', { timeout: 60_000 }, () => {
  it('imports a file, shows it and writes it again, and takes nothing twice', async () => {
    expect(await answered('list')).toEqual([0, expect.stringContaining('There are no datasets.')]);
    writeFileSync(file('faq.csv'), 'question,target\nHow?,So\nWhy?,Thus\n');
    expect(await answered('import', 'faq', 'faq.csv', '--note', 'first')).toEqual([
      0,
      'faq version 1 has 2 datapoints: 2 added, 0 edited, 0 removed.\n',
    ]);
    writeFileSync(
      file('more.jsonl'),
      '{"inputs":{"question":"Why?"},"target":"Hence"}\n{"inputs":{"question":"Who?"}}\n',
    );
    expect(await answered('import', 'faq', 'more.jsonl')).toEqual([
      0,
      'faq version 2 has 3 datapoints: 1 added, 1 edited, 0 removed.\n',
    ]);
    const [, shown] = await answered('show', 'faq', '--version', '1', '--limit', '1');
    expect(shown).toMatch(/^2 +3 +\+1 ~1 -0 /m);
    expect(shown).toMatch(/^1 +2 +\+2 ~0 -0 +\S+ +first$/m);
    expect(shown).toMatch(/Of version 1:\n\{"id":"[^"]+","inputs":\{"question":"How\?"\}.*\}\n$/);
    expect((await answered('list'))[1]).toMatch(/^faq +2 +3 /m);
    const { stdout } = await dataset('export', 'faq');
    expect(stdout.trim().split('\n')).toHaveLength(3);
    expect(await answered('export', 'faq', 'out.csv', '--version', '1')).toEqual([0, 'out.csv is written.\n']);
    expect(readFileSync(file('out.csv'), 'utf8').split('\r\n')[0]).toBe('id,inputs,messages,target,metadata,source');
    writeFileSync(file('back.jsonl'), stdout);
    expect(await answered('import', 'copy', 'back.jsonl')).toEqual([0, expect.stringContaining('3 added')]);
    expect((await dataset('export', 'copy')).stdout).toBe(stdout);
    expect(await answered('import', 'copy', 'faq.csv', '--replace')).toEqual([0, expect.stringContaining('1 removed')]);
  });

  it('parts a dataset the same way each time', async () => {
    const lines = Array.from({ length: 40 }, (_, n) => JSON.stringify({ inputs: { n } }));
    writeFileSync(file('forty.jsonl'), lines.join('\n'));
    await dataset('import', 'forty', 'forty.jsonl');
    const [code, first] = await answered('split', 'forty', '--test-share', '0.5', '--train', 'learn');
    const [, train, test] = /^learn +(\d+)\nforty-test +(\d+)$/m.exec(first)!;
    expect([code, Number(train) + Number(test)]).toEqual([0, 40]);
    expect((await answered('split', 'forty', '--test-share', '0.5', '--train', 'learn'))[1]).toBe(first);
    const parts = await Promise.all(['learn', 'forty-test'].map((name) => dataset('export', name)));
    const [whole, only] = [
      await dataset('export', 'forty'),
      await dataset('export', 'forty', '--split', 'test', '--test-share', '0.5'),
    ];
    const sorted = (text: string): string[] => text.trim().split('\n').toSorted();
    expect(sorted(parts.map(({ stdout }) => stdout).join(''))).toEqual(sorted(whole.stdout));
    expect(only.stdout).toBe(parts[1]!.stdout);
    expect((await answered('show', 'learn'))[1].match(/^\d+ +\d+ +\+/gm)).toHaveLength(1);
  });

  it('takes logs by filter and by id', async () => {
    const store = await openStore({ engine: 'sqlite', path: file('data/gradeway.db') });
    const logs = [newLog({ modelAsked: 'a', model: 'a' }), newLog({ modelAsked: 'b', model: 'b' }), newLog()];
    await store.logs.add(logs, Date.now());
    await store.close();
    expect(await answered('from-logs', 'week', '--filter', '{"field":"model","equals":"a"}')).toEqual([
      0,
      'week version 1 has 1 datapoints: 1 added, 0 edited, 0 removed.\n',
    ]);
    const ids = logs.slice(1).flatMap(({ id }) => ['--log', id]);
    expect(await answered('from-logs', 'week', ...ids, '--target', 'none')).toEqual([
      0,
      'week version 2 has 3 datapoints: 2 added, 0 edited, 0 removed.\n',
    ]);
    expect(await answered('from-logs', 'later', '--since', '2999-01-01')).toEqual([
      0,
      expect.stringContaining('0 datapoints'),
    ]);
  });

  it('names each malformed row by its line, and leaves nothing of the file', async () => {
    writeFileSync(file('bad.jsonl'), '{"inputs":{"n":1}}\n{\n{"inputs":{"n":3},"tarrget":1}\n');
    const [code, said] = await answered('import', 'fresh', 'bad.jsonl');
    expect(code).toBe(64);
    expect(said).toContain('2 of the datapoints cannot be taken, and none was.');
    expect(said).toMatch(/^ {2}bad\.jsonl:2: it is not JSON/m);
    expect(said).toMatch(/^ {2}bad\.jsonl:3: "tarrget" is not a member of a datapoint; did you mean target\?/m);
    expect(await answered('show', 'fresh')).toEqual([64, 'gradeway: There is no dataset "fresh".\n']);
  });

  it.each([
    { name: 'a file that is not there', given: ['import', 'x', 'none.jsonl'], says: 'none.jsonl' },
    { name: 'an unknown ending', given: ['import', 'x', 'faq.txt'], says: 'tells no format' },
    { name: 'an empty file', given: ['import', 'x', '/dev/null', '--format', 'csv'], says: 'holds no datapoint' },
    { name: 'a name that is none', given: ['import', 'a b', 'faq.csv'], says: 'is no name of a dataset' },
    { name: 'an unknown dataset', given: ['export', 'never'], says: 'There is no dataset "never".' },
    { name: 'an unknown version', given: ['show', 'faq', '--version', '9'], says: 'has no version 9; it has 2, 1' },
    { name: 'an unknown project', given: ['list', '--project', 'p'], says: 'There is no project "p"' },
    { name: 'a log that is not there', given: ['from-logs', 'x', '--log', 'nope'], says: 'There is no log nope' },
    { name: 'a wrong filter', given: ['from-logs', 'x', '--filter', '{"field":"modl"}'], says: 'field' },
    { name: 'a wrong time', given: ['from-logs', 'x', '--since', 'soon'], says: 'write it as 7d' },
    { name: 'a wrong share', given: ['split', 'faq', '--test-share', '1'], says: 'between 0 and 1' },
  ])('answers 64 to $name, and makes nothing', async ({ given, says }) => {
    const [code, said] = await answered(...given);
    expect(said).toContain(says);
    expect(code).toBe(64);
    expect(said).not.toMatch(/^\s+at /m);
  });

  it('removes one', async () => {
    expect(await answered('remove', 'copy')).toEqual([0, 'copy is removed.\n']);
    expect(await answered('remove', 'copy')).toEqual([64, 'gradeway: There is no dataset "copy".\n']);
    expect((await answered('list'))[1]).not.toMatch(/^(copy|x) /m);
  });
});
