/**
 * Finds evaluators of the kind `code` in the folder of evaluators: `NAME.code.yaml`, and `NAME.py` and `NAME.code.js` that no
 * such file names as its source. What stands in them is left to definition.ts.
 */
import { readDefinitionFiles } from '../../definition-files.ts';
import type { FileEvaluators, Runnable } from '../../kind.ts';
import { readCodeFile, readCodeYaml, sourceFileOf } from './definition.ts';

/** Never rejects. */
export async function readCodeFiles(folder: string): Promise<FileEvaluators<'code'>> {
  const [definitions, sources] = await Promise.all([
    readDefinitionFiles(folder, ['.code.yaml', '.code.yml']),
    readDefinitionFiles(folder, ['.py', '.code.js']),
  ]);
  const evaluators = new Map<string, FileEvaluators<'code'>['evaluators'][number]>();
  const problems = [...definitions.problems, ...sources.problems];
  const attempt = (name: string, file: string, read: () => Runnable<'code'>): void => {
    try {
      const other = evaluators.get(name)?.file;
      if (other !== undefined) throw new Error(`${other} is called "${name}" too. Keep one of them.`);
      evaluators.set(name, { ...read(), file });
    } catch (error) {
      problems.push({ file, message: (error as Error).message });
    }
  };
  const beside = new Map(sources.files.map(({ file, source }) => [file, source]));
  for (const { name, file, source } of definitions.files) attempt(name, file, () => readCodeYaml(name, source, beside));
  const named = new Set(definitions.files.map(({ source }) => sourceFileOf(source)));
  for (const { name, file, source } of sources.files)
    if (!named.has(file)) attempt(name, file, () => readCodeFile(name, file, source));
  return { evaluators: [...evaluators.values()], problems };
}
