/** Every score's trend with its interval, side by side. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { lazy, Suspense } from 'react';
import { scoreNamesQuery } from '../../api/names.ts';
import { seriesQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { Panel } from '../../parts/panel.tsx';
import { Failure } from '../../parts/states.tsx';
import { measuredText } from '../../words/measured.ts';
import { measuredOf } from '../../words/summary.ts';
import { bucketOf } from '../../words/time-range.ts';

/** Fetched after the page: its numbers need not wait for it. */
const TrendChart = lazy(async () => ({ default: (await import('../../parts/trend-chart.tsx')).TrendChart }));

/** As many as one question may name. */
const MOST = 20;

interface ScoreTrendsProps {
  asked: AskedSlice;
  range: string;
  where: string | undefined;
}

export function ScoreTrends({ asked: { slice, range }, range: rangeText, where }: ScoreTrendsProps) {
  const named = useQuery(scoreNamesQuery).data?.scores ?? [];
  const measures = named
    .filter(({ kind }) => kind !== 'category')
    .slice(0, MOST)
    .map(({ name }) => ({ score: name }));
  const found = useQuery({
    ...seriesQuery({ ...slice, measures, bucket: bucketOf(range) }),
    enabled: measures.length > 0,
  });
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const shown = (found.data?.series ?? []).filter(({ points }) => points.some(({ count }) => count > 0));
  return (
    <div className="grid gap-4 lg:grid-cols-2 xl:grid-cols-3">
      {shown.map(({ measure, points }) => {
        const name = 'score' in measure ? measure.score : '';
        return (
          <Panel
            key={name}
            title={name}
            actions={
              <Link
                to="/scores/$name"
                params={{ name }}
                search={{ range: rangeText, where }}
                aria-label={`Look at ${name}`}
                className="text-accent hover:underline"
              >
                look
              </Link>
            }
          >
            <Suspense fallback={<div className="h-64" />}>
              <TrendChart
                label={`Trend of ${name}`}
                points={points.map((point, index) => {
                  const { count, value, interval } = measuredOf(point);
                  const { fromMs, toMs } = found.data!.buckets[index]!;
                  return { fromMs, toMs, count, value, low: interval?.low ?? null, high: interval?.high ?? null };
                })}
                textOf={(value) => measuredText(value, points[0]?.kind === 'number' ? 'number' : 'boolean')}
              />
            </Suspense>
          </Panel>
        );
      })}
    </div>
  );
}
