/** Evaluators that are people: they claim logs from a queue and fill in a form (`api/routes/v1/human-queue.ts`). */
import type { DefinedKind } from '../kind.ts';

export const humanKind: DefinedKind<'human'> = {
  kind: 'human',
  trusted: false,
  executes: 'never',
  faultOf: () => undefined,
};
