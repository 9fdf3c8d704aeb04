/** A difference with its interval on a line, against nothing at all. What it says stands in words beside. */
export interface IntervalPlotProps {
  label: string;
  value: number | null;
  interval: { low: number; high: number } | null;
  textOf: (value: number) => string;
}

const WIDTH = 560;
const HEIGHT = 40;
const MARGIN = 48;

export function IntervalPlot({ label, value, interval, textOf }: IntervalPlotProps) {
  if (value === null || interval === null) return null;
  const reach = Math.max(Math.abs(interval.low), Math.abs(interval.high), Math.abs(value)) || 1;
  const at = (of: number): number => MARGIN + ((of + reach) / (2 * reach)) * (WIDTH - 2 * MARGIN);
  return (
    <svg
      role="img"
      aria-label={`${label}: ${textOf(value)}, between ${textOf(interval.low)} and ${textOf(interval.high)}`}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      className="my-2 w-full max-w-140"
    >
      <line x1={MARGIN} x2={WIDTH - MARGIN} y1={14} y2={14} className="stroke-line" />
      <line x1={at(0)} x2={at(0)} y1={2} y2={26} className="stroke-edge" strokeDasharray="3 2" />
      <line
        x1={at(interval.low)}
        x2={at(interval.high)}
        y1={14}
        y2={14}
        strokeWidth={4}
        strokeLinecap="round"
        className="stroke-accent opacity-40"
      />
      <circle cx={at(value)} cy={14} r={5} className="fill-accent" />
      <text x={at(interval.low)} y={38} textAnchor="middle" className="fill-soft text-xs">
        {textOf(interval.low)}
      </text>
      <text x={at(interval.high)} y={38} textAnchor="middle" className="fill-soft text-xs">
        {textOf(interval.high)}
      </text>
    </svg>
  );
}
