/**
 * Finds the files of a folder whose names end as those of one kind do, such as `NAME.judge.yaml`, and reads them. What is
 * in them is left to the kind.
 */
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EVALUATOR_NAME } from '../model/evaluator.ts';
import type { Problem } from './kind.ts';

const LARGEST_FILE = 256 * 1024;

export interface DefinitionFile {
  /** Of the evaluator: the file's without what it ends in. */
  name: string;
  file: string;
  source: string;
}

export interface DefinitionFiles {
  files: DefinitionFile[];
  problems: Problem[];
}

/**
 * Those of the first ending that fits: `['.judge.yaml', '.judge.yml']`. Never rejects: a folder that is not there is the
 * business of the kind whose folder it is.
 */
export async function readDefinitionFiles(folder: string, endings: readonly string[]): Promise<DefinitionFiles> {
  const found = await readdir(folder).catch((): string[] => []);
  const files: DefinitionFile[] = [];
  const problems: Problem[] = [];
  for (const file of found.toSorted()) {
    const ending = file.startsWith('.') ? undefined : endings.find((one) => file.endsWith(one));
    if (ending === undefined) continue;
    try {
      const name = file.slice(0, -ending.length);
      if (!EVALUATOR_NAME.test(name))
        throw new Error(`What stands before ${ending} is its name: 1 to 100 letters, digits, ".", "_" and "-".`);
      const other = files.find((one) => one.name === name);
      if (other) throw new Error(`${other.file} is called "${name}" too. Keep one of them.`);
      files.push({ name, file, source: await readDefinitionText(join(folder, file)) });
    } catch (error) {
      problems.push({ file, message: (error as Error).message });
    }
  }
  return { files, problems };
}

/** Throws where it is nothing that can be read to its end, or is too large. */
export async function readDefinitionText(path: string): Promise<string> {
  // Reading a pipe or a device may never end, so what lies there is asked for first.
  const status = await stat(path);
  if (!status.isFile()) throw new Error('It is not a regular file.');
  if (status.size > LARGEST_FILE) throw new Error('It is larger than 256 KiB.');
  return readFile(path, 'utf8');
}
