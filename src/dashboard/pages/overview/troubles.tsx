/** Evaluators that are paused or broken, and what judges have spent. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { logStatisticsQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { Panel } from '../../parts/panel.tsx';
import { Failure } from '../../parts/states.tsx';
import { countText, moneyText } from '../../words/number.ts';
import { StateBadge } from '../evaluators/state-badge.tsx';

export function Troubles({ asked: { slice, range } }: { asked: AskedSlice }) {
  const list = useQuery(evaluatorsQuery);
  const judges = useQuery(
    logStatisticsQuery({ ...range, filter: { property: 'judge', present: true }, groupBy: { property: 'judge' } }),
  );
  const ill = list.data?.evaluators.filter(({ state }) => state !== 'ready') ?? [];
  return (
    <Panel title="Evaluators">
      {list.isError ? <Failure error={list.error} retry={() => void list.refetch()} /> : null}
      {list.isSuccess && ill.length === 0 ? (
        <p className="px-4 py-3 text-soft">All {countText(list.data.evaluators.length)} run.</p>
      ) : null}
      <ul>
        {ill.map((one) => (
          <li key={one.name} className="flex items-center gap-2 border-b border-line px-4 py-2">
            <Link to="/evaluators/$name" params={{ name: one.name }} className="hover:underline">
              {one.name}
            </Link>
            <StateBadge of={one} />
            <span className="min-w-0 truncate text-soft">{one.problem ?? one.pause?.reason}</span>
          </li>
        ))}
        {judges.data?.rows
          .filter(({ group, logs }) => group !== null && logs > 0)
          .map(({ group, logs, costUsd }) => (
            <li key={group} className="flex items-center gap-2 border-b border-line px-4 py-2 last:border-b-0">
              <span>{group}</span>
              <span className="ml-auto text-soft">
                {moneyText(costUsd.sum)} for {countText(logs)} judgments
              </span>
            </li>
          ))}
      </ul>
      {slice.filter === null ? null : (
        <p className="px-4 py-2 text-xs text-soft">Of all logs of this time: the filter does not narrow it.</p>
      )}
    </Panel>
  );
}
