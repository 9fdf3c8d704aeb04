/** The columns of the table of logs. */
import type { LogRow } from '../../../model/log-row.ts';
import { classNames } from '../../parts/class-names.ts';
import type { Column } from '../../parts/column.ts';
import { ScoreCell } from '../../parts/score-cell.tsx';
import { countText, durationText, moneyText, UNKNOWN } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

export const COLUMNS: Column<LogRow>[] = [
  {
    id: 'time',
    head: 'Time',
    width: 130,
    cell: ({ startedAtMs }) => (
      <time dateTime={new Date(startedAtMs).toISOString()} title={wholeTimeText(startedAtMs)}>
        {timeText(startedAtMs)}
      </time>
    ),
  },
  { id: 'status', head: 'Status', width: 110, cell: (log) => <Status log={log} /> },
  { id: 'model', head: 'Model', cell: ({ model }) => model ?? UNKNOWN },
  { id: 'latency', head: 'Latency', width: 90, numeric: true, cell: ({ durationMs }) => durationText(durationMs) },
  {
    id: 'first-token',
    head: 'First token',
    width: 90,
    numeric: true,
    cell: ({ firstTokenMs }) => durationText(firstTokenMs),
  },
  { id: 'input', head: 'Tokens in', width: 80, numeric: true, cell: ({ usage }) => countText(usage?.inputTokens) },
  { id: 'output', head: 'Tokens out', width: 80, numeric: true, cell: ({ usage }) => countText(usage?.outputTokens) },
  { id: 'cost', head: 'Cost', width: 90, numeric: true, cell: ({ costUsd }) => moneyText(costUsd) },
];

/** What the answer was, or how the call ended where there was none. */
function Status({ log: { status, ending, errorCode } }: { log: LogRow }) {
  const isBad = ending !== 'ended' || status === null || status >= 400;
  const words = ending === 'ended' ? String(status ?? UNKNOWN) : (errorCode ?? ending).replaceAll('_', ' ');
  return <span className={classNames(isBad && 'text-bad')}>{words}</span>;
}

/** One for each score that a shown log has. */
export function scoreColumn(name: string): Column<LogRow> {
  return {
    id: `score.${name}`,
    head: name,
    width: Math.min(160, Math.max(80, name.length * 7 + 24)),
    cell: ({ scores }) => <ScoreCell value={scores.find((score) => score.name === name)?.value} />,
  };
}
