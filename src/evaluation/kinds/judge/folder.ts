/** Finds the files of judges, `NAME.judge.yaml`, in the folder of evaluators. What is in them is left to definition.ts. */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EVALUATOR_NAME } from '../../../model/evaluator.ts';
import type { Problem } from '../../kind.ts';

const JUDGE_FILE = /^([^.].*)\.judge\.ya?ml$/;
const LARGEST_FILE = 256 * 1024;

export interface JudgeFile {
  name: string;
  file: string;
  source: string;
}

/** Never rejects: a folder that is not there is the business of the kind whose folder it is. */
export async function readJudgeFolder(folder: string): Promise<{ files: JudgeFile[]; problems: Problem[] }> {
  const found = await readdir(folder).catch((): string[] => []);
  const files: JudgeFile[] = [];
  const problems: Problem[] = [];
  for (const file of found.toSorted()) {
    const name = JUDGE_FILE.exec(file)?.[1];
    if (name === undefined) continue;
    try {
      if (!EVALUATOR_NAME.test(name))
        throw new Error('What stands before .judge.yaml is its name: 1 to 100 letters, digits, ".", "_" and "-".');
      if (files.some((one) => one.name === name))
        throw new Error(`There is another judge "${name}". Keep one of them.`);
      const path = join(folder, file);
      // Reading a pipe or a device may never end, so what lies there is asked for first.
      const status = await stat(path);
      if (!status.isFile()) throw new Error('It is not a regular file.');
      if (status.size > LARGEST_FILE) throw new Error('It is larger than 256 KiB.');
      files.push({ name, file, source: await readFile(path, 'utf8') });
    } catch (error) {
      problems.push({ file, message: (error as Error).message });
    }
  }
  return { files, problems };
}
