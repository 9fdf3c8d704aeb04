/** A value over time with its interval as a band; where there were no values the line is broken. */
import { Area, CartesianGrid, ComposedChart, Line, ResponsiveContainer, Tooltip, XAxis, YAxis } from 'recharts';
import { wholeTimeText } from '../words/time.ts';
import { ChartTable } from './chart-table.tsx';

export interface TrendPoint {
  fromMs: number;
  toMs: number;
  count: number;
  value: number | null;
  low: number | null;
  high: number | null;
}

export interface TrendChartProps {
  label: string;
  points: TrendPoint[];
  textOf: (value: number) => string;
  /** Of its axis; what the values span where it is left out. */
  domain?: [number, number];
}

const dayClock = new Intl.DateTimeFormat(undefined, {
  day: '2-digit',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short' });
const clock = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });

export function TrendChart({ label, points, textOf, domain }: TrendChartProps) {
  const spanMs = (points.at(-1)?.toMs ?? 0) - (points[0]?.fromMs ?? 0);
  const tick = spanMs > 5 * 86_400_000 ? day : spanMs > 86_400_000 ? dayClock : clock;
  const data = points.map((point) => ({
    ...point,
    span: point.low === null || point.high === null ? undefined : [point.low, point.high],
  }));
  return (
    <figure aria-label={label} className="min-w-0">
      <div className="h-56 px-2 pt-3" aria-hidden>
        <ResponsiveContainer width="100%" height="100%">
          <ComposedChart data={data} margin={{ top: 4, right: 16, bottom: 0, left: 8 }} accessibilityLayer={false}>
            <CartesianGrid vertical={false} stroke="var(--line)" />
            <XAxis
              dataKey="fromMs"
              tickFormatter={(ms: number) => tick.format(ms)}
              stroke="var(--soft)"
              tickLine={false}
              fontSize={11}
              minTickGap={40}
            />
            <YAxis
              stroke="var(--soft)"
              tickLine={false}
              axisLine={false}
              fontSize={11}
              width={64}
              tickFormatter={textOf}
              domain={domain ?? ['auto', 'auto']}
            />
            <Tooltip
              isAnimationActive={false}
              content={({ payload }) => <Hint point={payload[0]?.payload as TrendPoint | undefined} textOf={textOf} />}
            />
            <Area
              dataKey="span"
              stroke="none"
              fill="var(--accent)"
              fillOpacity={0.16}
              isAnimationActive={false}
              connectNulls={false}
            />
            <Line
              dataKey="value"
              stroke="var(--accent)"
              strokeWidth={2}
              dot={points.length <= 40 ? { r: 2.5, fill: 'var(--accent)' } : false}
              isAnimationActive={false}
              connectNulls={false}
            />
          </ComposedChart>
        </ResponsiveContainer>
      </div>
      <ChartTable
        label={`${label}, as a table`}
        heads={['From', 'Value', 'Interval', 'Count']}
        rows={points
          .filter(({ count }) => count > 0)
          .map(({ fromMs, value, low, high, count }) => [
            wholeTimeText(fromMs),
            value === null ? '–' : textOf(value),
            low === null || high === null ? '–' : `${textOf(low)} to ${textOf(high)}`,
            String(count),
          ])}
      />
    </figure>
  );
}

function Hint({ point, textOf }: { point: TrendPoint | undefined; textOf: (value: number) => string }) {
  if (point === undefined) return null;
  const { fromMs, value, low, high, count } = point;
  return (
    <div className="rounded-md border border-line bg-raised px-2 py-1 text-xs shadow-pop">
      <p className="text-soft">{dayClock.format(fromMs)}</p>
      <p className="font-medium">{value === null ? 'no values' : textOf(value)}</p>
      {low === null || high === null ? null : (
        <p>
          {textOf(low)} to {textOf(high)}
        </p>
      )}
      <p className="text-soft">{count} values</p>
    </div>
  );
}
