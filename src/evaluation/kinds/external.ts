/** Evaluators that run elsewhere: whoever works on their jobs asks for them over HTTP, and is never called (`api/routes/v1/leases.ts`). */
import type { DefinedKind } from '../kind.ts';

export const externalKind: DefinedKind<'external'> = {
  kind: 'external',
  trusted: false,
  executes: 'never',
  faultOf: () => undefined,
};
