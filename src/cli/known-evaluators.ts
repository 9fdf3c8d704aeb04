/** The evaluators that there are here, for commands that run none of them. */
import { evaluatorEnvironment } from '../config/evaluator-environment.ts';
import type { Config } from '../config.ts';
import { startEvaluators } from '../evaluation/evaluators.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Store } from '../store/store.ts';

/** Those of the folder and those of the store. Rejects with `invalid_evaluator` where there is no such folder. */
export async function knownEvaluators({ evaluators }: Config, store: Store): Promise<Evaluator[]> {
  const { folder, environment } = evaluators;
  const started = await startEvaluators({
    folder,
    environment: evaluatorEnvironment(environment, process.env),
    watch: false,
  });
  try {
    started.useDefinitions(await store.definitions.all());
    return started.list;
  } finally {
    await started.close();
  }
}
