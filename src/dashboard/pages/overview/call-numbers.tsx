/** Calls, errors, latency, tokens and cost of a slice, beside those of as long a time before. */
import { useQuery } from '@tanstack/react-query';
import type { LogStatisticsRow } from '../../../model/statistics-answers.ts';
import { logStatisticsQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { Failure } from '../../parts/states.tsx';
import { countText, durationText, moneyText, percentText, shortCountText, UNKNOWN } from '../../words/number.ts';
import { rangeBefore } from '../../words/time-range.ts';

interface Tile {
  label: string;
  of: (row: LogStatisticsRow) => string;
  note?: (row: LogStatisticsRow) => string;
}

const TILES: Tile[] = [
  { label: 'Calls', of: ({ logs }) => countText(logs) },
  {
    label: 'Errors',
    of: ({ error }) => percentText(error.share),
    note: ({ error }) => `${countText(error.trueCount)} calls`,
  },
  {
    label: 'Latency, median',
    of: ({ durationMs }) => durationText(durationMs.median),
    note: ({ durationMs }) => `one in ten over ${durationText(durationMs.p90)}`,
  },
  {
    label: 'First token, median',
    of: ({ firstTokenMs }) => durationText(firstTokenMs.median),
    note: ({ firstTokenMs }) => `one in ten over ${durationText(firstTokenMs.p90)}`,
  },
  {
    label: 'Tokens',
    of: ({ totalTokens }) => shortCountText(totalTokens.sum),
    note: ({ inputTokens, outputTokens }) =>
      `${shortCountText(inputTokens.sum)} in, ${shortCountText(outputTokens.sum)} out`,
  },
  {
    label: 'Cost',
    of: ({ costUsd }) => moneyText(costUsd.sum),
    note: ({ costUsd, logs }) => (costUsd.count < logs ? `of ${countText(costUsd.count)} calls with a price` : ''),
  },
];

export function CallNumbers({ asked: { slice, range } }: { asked: AskedSlice }) {
  const now = useQuery(logStatisticsQuery(slice));
  const before = useQuery(logStatisticsQuery({ ...slice, ...rangeBefore(range) }));
  if (now.isError) return <Failure error={now.error} retry={() => void now.refetch()} />;
  const row = now.data?.rows[0];
  const old = before.data?.rows[0];
  return (
    <dl className="grid grid-cols-2 gap-px overflow-hidden rounded-lg border border-line bg-line md:grid-cols-3 lg:grid-cols-6">
      {TILES.map(({ label, of, note }) => (
        <div key={label} className="bg-panel px-4 py-3">
          <dt className="text-xs text-soft">{label}</dt>
          <dd className="text-lg font-semibold">{row === undefined ? UNKNOWN : of(row)}</dd>
          <dd className="min-h-4 text-xs text-soft">{row === undefined ? '' : note?.(row)}</dd>
          <dd className="text-xs text-soft">{old === undefined || old.logs === 0 ? '' : `before: ${of(old)}`}</dd>
        </div>
      ))}
    </dl>
  );
}
