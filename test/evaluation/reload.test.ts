import { mkdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it, onTestFinished } from 'vitest';
import { type Evaluators, startEvaluators } from '../../src/evaluation/evaluators.ts';
import { evaluating, evaluatingAsync, evaluatorFolder, type Files, outcomesOn } from './evaluator-folder.ts';

async function watched(
  files: Files,
): Promise<{ folder: string; evaluators: Evaluators; changed: () => Promise<void> }> {
  const folder = evaluatorFolder(files);
  const evaluators = await startEvaluators({ folder });
  onTestFinished(() => evaluators.close());
  const changed = (): Promise<void> =>
    new Promise((resolve) => {
      const stop = evaluators.onChange(() => {
        stop();
        resolve();
      });
    });
  return { folder, evaluators, changed };
}

const names = (evaluators: Evaluators) => evaluators.list.map(({ name }) => name);

describe('a folder that is watched', () => {
  it('makes an edited file a new version', async () => {
    const { folder, evaluators, changed } = await watched({ 'a.js': evaluating('return true') });
    const [before] = evaluators.list;
    const change = changed();
    writeFileSync(join(folder, 'a.js'), evaluating('return false'));
    await change;
    expect(evaluators.list[0]!.version).not.toBe(before!.version);
    expect(await outcomesOn(evaluators)).toMatchObject({ a: { scores: [{ value: false }] } });
  });

  it('takes up new files, drops deleted ones and names broken ones', async () => {
    const { folder, evaluators, changed } = await watched({
      'a.js': evaluating('return true'),
      'b.js': evaluating('return true'),
    });
    const change = changed();
    writeFileSync(join(folder, 'c.ts'), evaluating('return true'));
    writeFileSync(join(folder, 'b.js'), 'export default {');
    unlinkSync(join(folder, 'a.js'));
    await change;
    expect(names(evaluators)).toEqual(['c']);
    expect(evaluators.problems).toMatchObject([{ file: 'b.js' }]);
  });

  it('takes up a file that was mended', async () => {
    const { folder, evaluators, changed } = await watched({ 'a.js': 'export default {' });
    const change = changed();
    writeFileSync(join(folder, 'a.js'), evaluating('return true'));
    await change;
    expect([names(evaluators), evaluators.problems]).toEqual([['a'], []]);
  });

  it('ends what has begun with the version it began with', async () => {
    const slow = (value: boolean) => evaluatingAsync(`await new Promise((r) => setTimeout(r, 1500)); return ${value}`);
    const { folder, evaluators, changed } = await watched({ 'a.js': slow(true) });
    const [before] = evaluators.list;
    const running = outcomesOn(evaluators);
    const change = changed();
    writeFileSync(join(folder, 'a.js'), evaluating('return false'));
    await change;
    const after = await outcomesOn(evaluators);
    expect(after).toMatchObject({ a: { scores: [{ value: false }] } });
    expect(await running).toMatchObject({ a: { scores: [{ value: true }] } });
    expect(evaluators.list[0]!.version).not.toBe(before!.version);
  });

  it('runs the content whose hash is the version, whatever has become of the file', async () => {
    const folder = evaluatorFolder({ 'a.js': evaluating('return true'), 'die.js': evaluating('process.exit(1)') });
    const evaluators = await startEvaluators({ folder, watch: false });
    onTestFinished(() => evaluators.close());
    writeFileSync(join(folder, 'a.js'), evaluating('return false'));
    unlinkSync(join(folder, 'die.js'));
    // The child dies and another one loads the files again.
    await outcomesOn(evaluators);
    expect(await outcomesOn(evaluators)).toMatchObject({ a: { scores: [{ value: true }] }, die: { code: 'crashed' } });
  });

  it('changes nothing when a file was only touched', async () => {
    const { folder, evaluators } = await watched({ 'a.js': evaluating('return true') });
    let changes = 0;
    evaluators.onChange(() => (changes += 1));
    writeFileSync(join(folder, 'a.js'), evaluating('return true'));
    writeFileSync(join(folder, 'notes.txt'), 'x');
    await pause(500);
    expect(changes).toBe(0);
  });

  it('goes on watching where the folder is removed and made anew, and made anew again', async () => {
    const { folder, evaluators, changed } = await watched({ 'a.js': evaluating('return true') });
    for (const name of ['b', 'c']) {
      const change = changed();
      rmSync(folder, { recursive: true });
      await pause(200);
      mkdirSync(folder);
      writeFileSync(join(folder, `${name}.js`), evaluating('return true'));
      await change;
      expect(names(evaluators)).toEqual([name]);
      const edit = changed();
      writeFileSync(join(folder, `${name}.js`), evaluating('return false'));
      await edit;
      expect(await outcomesOn(evaluators)).toMatchObject({ [name]: { scores: [{ value: false }] } });
    }
  });

  it('goes on watching where another folder takes its place', async () => {
    const { folder, evaluators, changed } = await watched({ 'a.js': evaluating('return true') });
    const change = changed();
    const other = evaluatorFolder({ 'b.js': evaluating('return true') });
    rmSync(folder, { recursive: true });
    renameSync(other, folder);
    await change;
    const second = changed();
    writeFileSync(join(folder, 'c.js'), evaluating('return true'));
    await second;
    expect(names(evaluators)).toEqual(['b', 'c']);
  });

  it('keeps what it has when the folder goes away', async () => {
    const { folder, evaluators } = await watched({ 'a.js': evaluating('return true') });
    rmSync(folder, { recursive: true });
    await pause(300);
    await expect(evaluators.reload()).rejects.toMatchObject({ code: 'invalid_evaluator' });
    expect(await outcomesOn(evaluators)).toMatchObject({ a: { outcome: 'scored' } });
  });
});
