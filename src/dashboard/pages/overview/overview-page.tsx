/** The overview of a time and a filter: calls in numbers against the time before, what changed, scores, evaluators that need somebody. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { logStatisticsQuery } from '../../api/statistics.ts';
import { useSlice } from '../../api/use-slice.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { RangePicker } from '../../parts/range-picker.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { DEFAULT_RANGE } from '../../words/time-range.ts';
import { CallNumbers } from './call-numbers.tsx';
import { Changes } from './changes.tsx';
import { FirstCall } from './first-call.tsx';
import { ScoreTrends } from './score-trends.tsx';
import { Troubles } from './troubles.tsx';

/** An empty installation looks again so often, until the first call is there. */
const WATCH_MS = 2000;

export default function OverviewPage() {
  const { range: rangeText = DEFAULT_RANGE, where } = useSearch({ from: '/overview' });
  const navigate = useNavigate({ from: '/overview' });
  const asked = useSlice(rangeText, where);
  const ever = useQuery({
    ...logStatisticsQuery({ filter: null, fromMs: null, toMs: null }),
    refetchInterval: ({ state }) => (state.data?.rows[0]?.logs === 0 ? WATCH_MS : false),
  });
  const change = (search: { range?: string; where?: string | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...search }) });
  const isEmpty = ever.data?.rows[0]?.logs === 0;
  return (
    <PageFrame
      title="Overview"
      bar={
        isEmpty ? undefined : (
          <div className="flex flex-wrap items-center gap-2">
            <RangePicker value={rangeText} onChange={(range) => change({ range })} />
            <FilterBar where={where} onChange={(next) => change({ where: next })} />
          </div>
        )
      }
    >
      {ever.isError ? (
        <Failure error={ever.error} retry={() => void ever.refetch()} />
      ) : ever.isPending || !asked.isReady ? (
        <Loading />
      ) : isEmpty ? (
        <FirstCall />
      ) : (
        <div className="flex flex-col gap-4 p-4">
          <CallNumbers asked={asked} />
          <div className="grid items-start gap-4 lg:grid-cols-2">
            <Changes asked={asked} />
            <Troubles asked={asked} />
          </div>
          <ScoreTrends asked={asked} range={rangeText} where={where} />
        </div>
      )}
    </PageFrame>
  );
}
