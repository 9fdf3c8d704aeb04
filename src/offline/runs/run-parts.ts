/** What running needs of the rest of Gradeway. */
import type { Evaluators } from '../../evaluation/evaluators.ts';
import type { CallModel } from '../../evaluation/model-call.ts';
import type { Provider } from '../../model/exchange.ts';
import type { Store } from '../../store/store.ts';

export interface RunParts {
  store: Pick<Store, 'datasets' | 'logs' | 'runs'>;
  evaluators: Pick<Evaluators, 'evaluate' | 'list'>;
  callModel: CallModel;
  /** Wire formats of the upstreams, by name. */
  upstreams: ReadonlyMap<string, Provider>;
  /** Waits between tries of a call; for tests. */
  backoff?: { firstMs: number; longestMs: number };
}
