/** One score: its trend, its distribution, by any property, model or version, its worst logs, and two slices compared. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { ScoreStatisticsRow } from '../../../model/statistics-answers.ts';
import { scoreStatisticsQuery, seriesQuery } from '../../api/statistics.ts';
import { type AskedSlice, useSlice } from '../../api/use-slice.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Panel } from '../../parts/panel.tsx';
import { RangePicker } from '../../parts/range-picker.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { TrendChart } from '../../parts/trend-chart.tsx';
import { measuredText } from '../../words/measured.ts';
import { countText } from '../../words/number.ts';
import { intervalText, measuredOf, summaryText } from '../../words/summary.ts';
import { bucketOf } from '../../words/time-range.ts';
import { ByGroup } from './by-group.tsx';
import { Distribution } from './distribution.tsx';
import { SliceComparison } from './slice-comparison.tsx';
import { WorstLogs } from './worst-logs.tsx';

export default function ScorePage() {
  const { name } = useParams({ from: '/scores/$name' });
  const { range: rangeText = '7d', where } = useSearch({ from: '/scores/$name' });
  const navigate = useNavigate({ from: '/scores/$name' });
  const asked = useSlice(rangeText, where);
  const found = useQuery({ ...scoreStatisticsQuery({ ...asked.slice, scores: [name] }), enabled: asked.isReady });
  const row = found.data?.rows[0];
  const change = (search: { range?: string; where?: string | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...search }) });
  return (
    <PageFrame
      title={name}
      about={row === undefined ? null : <Summary row={row} />}
      bar={
        <div className="flex flex-wrap items-center gap-2">
          <RangePicker value={rangeText} onChange={(next) => change({ range: next })} />
          <FilterBar where={where} onChange={(next) => change({ where: next })} />
        </div>
      }
    >
      {found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : row === undefined ? (
        <Loading />
      ) : row.statistics === null || row.statistics.count === 0 ? (
        <Empty title="No such score in this time">Choose a longer time, or take a condition away.</Empty>
      ) : (
        <div className="grid items-start gap-4 p-4 lg:grid-cols-2">
          <Trend name={name} asked={asked} />
          <Distribution name={name} asked={asked} where={where} range={rangeText} />
          <ByGroup name={name} asked={asked} />
          <SliceComparison name={name} asked={asked} />
          <WorstLogs name={name} asked={asked} kind={row.statistics.kind} />
        </div>
      )}
    </PageFrame>
  );
}

function Summary({ row: { score, statistics, evaluations } }: { row: ScoreStatisticsRow }) {
  const silent = evaluations === null ? 0 : evaluations.abstained + evaluations.skipped + evaluations.failed;
  return (
    <span className="text-soft">
      {summaryText(statistics)} ({intervalText(statistics)}), {countText(statistics?.count)} scores
      {silent > 0 ? `, ${countText(silent)} looks without one` : ''},{' '}
      <Link to="/logs" search={{ where: `scored by ${score}` }} className="text-accent underline">
        logs
      </Link>
    </span>
  );
}

function Trend({ name, asked: { slice, range } }: { name: string; asked: AskedSlice }) {
  const found = useQuery(seriesQuery({ ...slice, measures: [{ score: name }], bucket: bucketOf(range) }));
  const series = found.data?.series[0];
  return (
    <Panel title="Trend">
      {found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : null}
      {series === undefined ? (
        <Loading />
      ) : (
        <TrendChart
          label={`Trend of ${name}`}
          points={series.points.map((point, index) => {
            const { count, value, interval } = measuredOf(point);
            const { fromMs, toMs } = found.data!.buckets[index]!;
            return { fromMs, toMs, count, value, low: interval?.low ?? null, high: interval?.high ?? null };
          })}
          textOf={(value) => measuredText(value, series.points[0]?.kind === 'number' ? 'number' : 'boolean')}
        />
      )}
    </Panel>
  );
}
