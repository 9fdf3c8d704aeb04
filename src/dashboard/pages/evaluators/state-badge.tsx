/** How an evaluator stands: ready, or why it is not run. */
import type { ShownEvaluator } from '../../../model/shown-evaluator.ts';
import { Badge } from '../../parts/badge.tsx';

export function StateBadge({ of: { state, problem, pause } }: { of: ShownEvaluator }) {
  if (state === 'broken')
    return (
      <Badge tone="bad" title={problem ?? undefined}>
        broken
      </Badge>
    );
  if (state === 'paused')
    return (
      <Badge tone="warn" title={pause?.reason}>
        paused
      </Badge>
    );
  return <Badge tone="good">ready</Badge>;
}
