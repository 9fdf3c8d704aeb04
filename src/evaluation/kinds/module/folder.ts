/** Finds evaluator files and takes their content and its hash. What is in them is left to the child. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { GatewayError } from '../../../errors.ts';
import { EVALUATOR_NAME } from '../../../model/evaluator.ts';
import type { Problem } from '../../kind.ts';

const EXTENSIONS = new Set(['.ts', '.mts', '.js', '.mjs']);
/** Declarations and tests may lie beside evaluators, and those of the kind `code`; editors leave dotfiles. */
const NOT_EVALUATORS = /^\.|\.d\.m?ts$|\.(test|spec)\.m?[jt]s$|\.code\.js$/;
const LARGEST_FILE = 1024 * 1024;

export interface EvaluatorFile {
  /** File name without extension. */
  name: string;
  file: string;
  url: string;
  source: string;
  /** First 16 hex digits of the content's SHA-256. */
  version: string;
}

export interface EvaluatorFolder {
  files: EvaluatorFile[];
  problems: Problem[];
}

/** Reads a folder, not what is below it. A folder that is not there is an error; an empty one is not. */
export async function readEvaluatorFolder(folder: string): Promise<EvaluatorFolder> {
  const names = await namesIn(folder);
  const problems: Problem[] = [];
  const files: EvaluatorFile[] = [];
  const byName = Map.groupBy(names, (file) => file.slice(0, -extname(file).length));
  for (const [name, group] of byName) {
    const file = group[0]!;
    if (group.length > 1)
      for (const one of group)
        problems.push({ file: one, message: `${group.join(' and ')} have the same name. Keep one of them.` });
    else if (!EVALUATOR_NAME.test(name))
      problems.push({
        file,
        message: 'The file name is the name of the evaluator: 1 to 100 letters, digits, ".", "_" and "-".',
      });
    else {
      try {
        files.push(await readOne(folder, file, name));
      } catch (error) {
        problems.push({ file, message: `It cannot be read: ${(error as Error).message}` });
      }
    }
  }
  return { files, problems };
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries
      .filter((entry) => !entry.isDirectory() && EXTENSIONS.has(extname(entry.name)))
      .map((entry) => entry.name)
      .filter((name) => !NOT_EVALUATORS.test(name))
      .toSorted();
  } catch (error) {
    throw new GatewayError('invalid_evaluator', {
      message: `The folder of evaluators, ${resolve(folder)}, cannot be read (${(error as NodeJS.ErrnoException).code}). Create it, or set GRADEWAY_EVALUATORS to the folder that has them.`,
      cause: error,
    });
  }
}

async function readOne(folder: string, file: string, name: string): Promise<EvaluatorFile> {
  const path = resolve(join(folder, file));
  // Reading a pipe or a device may never end, so what lies there is asked for first.
  const found = await stat(path);
  if (!found.isFile()) throw new Error('it is not a regular file.');
  if (found.size > LARGEST_FILE) throw new Error('it is larger than 1 MiB.');
  const bytes = await readFile(path);
  return {
    name,
    file,
    url: pathToFileURL(path).href,
    source: bytes.toString('utf8'),
    version: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
  };
}
