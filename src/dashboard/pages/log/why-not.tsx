/** Evaluators that gave no score, and why: what came of their look, where their job stands, or which rule did not take the log. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ExplainedEvaluation } from '../../../model/explained-evaluation.ts';
import { explainedQuery } from '../../api/logs.ts';
import { Badge, type Tone } from '../../parts/badge.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Failure } from '../../parts/states.tsx';
import { whyText } from '../../words/why.ts';

const TONES: Partial<Record<ExplainedEvaluation['state'], Tone>> = {
  failed: 'bad',
  dead: 'bad',
  paused: 'warn',
  queued: 'accent',
  running: 'accent',
};

export function WhyNot({ logId }: { logId: string }) {
  const found = useQuery(explainedQuery(logId));
  const silent = found.data?.evaluations.filter(({ state }) => state !== 'scored') ?? [];
  return (
    <Panel title="Why not?">
      {found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isSuccess && silent.length === 0 ? (
        <p className="px-4 py-3 text-soft">Every evaluator gave its score.</p>
      ) : null}
      <ul>
        {silent.map((one) => (
          <li key={one.evaluator} className="border-b border-line px-4 py-2 last:border-b-0">
            <div className="flex items-center gap-2">
              <Link to="/evaluators/$name" params={{ name: one.evaluator }} className="hover:underline">
                {one.evaluator}
              </Link>
              <Badge tone={TONES[one.state] ?? 'plain'}>{one.state.replaceAll('_', ' ')}</Badge>
            </div>
            <p className="mt-0.5 break-words text-soft">{whyText(one)}</p>
          </li>
        ))}
      </ul>
    </Panel>
  );
}
