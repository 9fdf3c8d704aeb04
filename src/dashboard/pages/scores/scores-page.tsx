/** Scores: one row each, over a time and a filter. */
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate, useSearch } from '@tanstack/react-router';
import type { ScoreStatisticsRow } from '../../../model/statistics-answers.ts';
import { scoreStatisticsQuery, seriesQuery } from '../../api/statistics.ts';
import { useSlice } from '../../api/use-slice.ts';
import type { Column } from '../../parts/column.ts';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { RangePicker } from '../../parts/range-picker.tsx';
import { Sparkline } from '../../parts/sparkline.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { countText, UNKNOWN, valueText } from '../../words/number.ts';
import { intervalText, measuredOf, summaryText } from '../../words/summary.ts';
import { bucketOf } from '../../words/time-range.ts';

const RANGE = '7d';
/** As many as one question about series may name. */
const MOST_TRENDS = 20;

export default function ScoresPage() {
  const { range: rangeText = RANGE, where } = useSearch({ from: '/scores' });
  const navigate = useNavigate({ from: '/scores' });
  const { slice, range, isReady } = useSlice(rangeText, where);
  const found = useQuery({ ...scoreStatisticsQuery(slice), enabled: isReady });
  const rows = found.data?.rows ?? [];
  const named = [...new Set(rows.filter(isMeasured).map(({ score }) => score))].slice(0, MOST_TRENDS);
  const trends = useQuery({
    ...seriesQuery({ ...slice, measures: named.map((score) => ({ score })), bucket: bucketOf(range) }),
    enabled: named.length > 0,
  });
  const lines = new Map(
    trends.data?.series.map(({ measure, points }) => [
      'score' in measure ? measure.score : '',
      points.map((point) => measuredOf(point).value),
    ]),
  );
  const change = (search: { range?: string; where?: string | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...search }) });
  return (
    <PageFrame
      title="Scores"
      fills
      bar={
        <div className="flex flex-wrap items-center gap-2">
          <RangePicker value={rangeText} onChange={(next) => change({ range: next })} />
          <FilterBar where={where} onChange={(next) => change({ where: next })} />
        </div>
      }
    >
      {found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.isPending ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty title="No scores yet">
          Evaluators give them to logs, and so can your own code: PUT /api/v1/logs/ID/scores/NAME.
        </Empty>
      ) : (
        <Table
          label="Scores"
          columns={columnsOf(lines)}
          rows={rows}
          idOf={({ score, statistics }) => `${score} ${statistics?.kind}`}
          onOpen={({ score }) =>
            void navigate({ to: '/scores/$name', params: { name: score }, search: { range: rangeText, where } })
          }
        />
      )}
    </PageFrame>
  );
}

function isMeasured({ statistics }: ScoreStatisticsRow): boolean {
  return statistics !== null && statistics.count > 0 && statistics.kind !== 'category';
}

function columnsOf(lines: ReadonlyMap<string, (number | null)[]>): Column<ScoreStatisticsRow>[] {
  const extreme =
    (which: 'min' | 'max') =>
    ({ statistics }: ScoreStatisticsRow) =>
      statistics?.kind === 'number' ? valueText(statistics[which]) : UNKNOWN;
  return [
    {
      id: 'score',
      head: 'Score',
      sortBy: ({ score }) => score,
      cell: ({ score }) => (
        <Link to="/scores/$name" params={{ name: score }} className="hover:underline">
          {score}
        </Link>
      ),
    },
    { id: 'kind', head: 'Kind', width: 90, cell: ({ statistics }) => statistics?.kind ?? UNKNOWN },
    { id: 'trend', head: 'Trend', width: 140, cell: ({ score }) => <Sparkline values={lines.get(score) ?? []} /> },
    { id: 'mean', head: 'Mean', width: 130, numeric: true, cell: ({ statistics }) => summaryText(statistics) },
    {
      id: 'interval',
      head: '95 % interval',
      width: 150,
      numeric: true,
      cell: ({ statistics }) => intervalText(statistics),
    },
    { id: 'min', head: 'Smallest', width: 90, numeric: true, cell: extreme('min') },
    { id: 'max', head: 'Largest', width: 90, numeric: true, cell: extreme('max') },
    {
      id: 'count',
      head: 'Count',
      width: 80,
      numeric: true,
      sortBy: ({ statistics }) => statistics?.count ?? 0,
      cell: ({ statistics }) => countText(statistics?.count),
    },
    {
      id: 'abstained',
      head: 'Abstained',
      width: 90,
      numeric: true,
      cell: ({ evaluations }) => countText(evaluations?.abstained),
    },
    {
      id: 'failed',
      head: 'Failed',
      width: 80,
      numeric: true,
      cell: ({ evaluations }) => (
        <span className={(evaluations?.failed ?? 0) > 0 ? 'text-bad' : undefined}>
          {countText(evaluations?.failed)}
        </span>
      ),
    },
  ];
}
