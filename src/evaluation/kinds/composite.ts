/**
 * Composites: a cascade of other evaluators, the cheap before the dear. Each step is taken if the one before it ended as its
 * condition says; what the last one taken says is what the composite says. The scores of all that were taken are kept beside it.
 */
import { GatewayError } from '../../errors.ts';
import { readDefinitionFiles } from '../definition-files.ts';
import type { DefinedKind, FileEvaluators, KindParts, Runner } from '../kind.ts';
import { Asking } from './composite/asking.ts';
import { Cascades } from './composite/cascade.ts';
import { costOfSteps } from './composite/cost.ts';
import { readComposite } from './composite/definition.ts';
import { settingsFault, settleComposite } from './composite/settle.ts';

export const compositeKind: DefinedKind<'composite'> = {
  kind: 'composite',
  // It does nothing but ask evaluators, each of which may do what its own kind may.
  trusted: false,
  executes: 'call',
  readFiles,
  faultOf: ({ settings }) => settingsFault(settings),
  settle: settleComposite,
  start,
};

async function readFiles(folder: string): Promise<FileEvaluators<'composite'>> {
  const { files, problems } = await readDefinitionFiles(folder, ['.composite.yaml', '.composite.yml']);
  const evaluators: FileEvaluators<'composite'>['evaluators'] = [];
  for (const { name, file, source } of files) {
    const read = readComposite(name, source);
    if ('error' in read) problems.push({ file, message: read.error });
    else evaluators.push({ ...read, file });
  }
  return { evaluators, problems };
}

function start(parts: KindParts): Runner<'composite'> {
  const cascades = new Cascades(new Asking((...asked) => parts.evaluate(...asked)));
  const closing = Promise.withResolvers<never>();
  closing.promise.catch(() => {});
  return {
    async run(work, onResult) {
      const all = work.map(async (one, index) => onResult(await cascades.run(one), index));
      await Promise.race([Promise.all(all), closing.promise]);
    },
    costAtMost: (work) => costOfSteps(work, (asked) => parts.costAtMost(asked)),
    // oxlint-disable-next-line typescript/require-await -- other kinds have something to wait for.
    close: async () => closing.reject(new GatewayError('draining')),
  };
}
