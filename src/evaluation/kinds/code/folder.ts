/**
 * Finds evaluators of the kind `code` in the folder of evaluators: `NAME.code.yaml`, and `NAME.py` and `NAME.code.js` that no
 * such file names as its source. What stands in them is left to definition.ts.
 */
import { type DefinitionFiles, readDefinitionFiles } from '../../definition-files.ts';
import type { Problem } from '../../kind.ts';
import { type CodeEvaluator, readCodeFile, readCodeYaml, sourceFileOf } from './definition.ts';

export interface CodeFolder {
  definitions: DefinitionFiles;
  sources: DefinitionFiles;
}

/** Never rejects. */
export async function readCodeFolder(folder: string): Promise<CodeFolder> {
  const [definitions, sources] = await Promise.all([
    readDefinitionFiles(folder, ['.code.yaml', '.code.yml']),
    readDefinitionFiles(folder, ['.py', '.code.js']),
  ]);
  return { definitions, sources };
}

/** The evaluators of a folder, and the files that are none, with the reason. */
export function readCodeEvaluators({ definitions, sources }: CodeFolder): {
  evaluators: (CodeEvaluator & { file: string })[];
  problems: Problem[];
} {
  const evaluators = new Map<string, CodeEvaluator & { file: string }>();
  const problems: Problem[] = [...definitions.problems, ...sources.problems];
  const attempt = (name: string, file: string, read: () => CodeEvaluator): void => {
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
