/** The columns of the table of logs. */
import type { LogRow } from '../../../model/log-row.ts';
import { classNames } from '../../parts/class-names.ts';
import type { Column } from '../../parts/column.ts';
import { ScoreCell } from '../../parts/score-cell.tsx';
import { countText, durationText, moneyText, UNKNOWN } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

const COLUMNS: Column<LogRow>[] = [
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

function propertyColumn(name: string): Column<LogRow> {
  return {
    id: `property.${name}`,
    head: name,
    width: 140,
    cell: ({ properties }) => <span className="text-soft">{properties[name] ?? UNKNOWN}</span>,
  };
}

/** One for each score that a shown log has. */
function scoreColumn(name: string): Column<LogRow> {
  return {
    id: `score.${name}`,
    head: name,
    width: Math.min(160, Math.max(80, name.length * 7 + 24)),
    cell: ({ scores }) => <ScoreCell value={scores.find((score) => score.name === name)?.value} />,
  };
}

/** Columns that can be chosen: those of every log, and one for each property and score that shown logs have. */
export function offeredColumns(rows: readonly LogRow[], scores: readonly string[]): Column<LogRow>[] {
  const properties = new Set(rows.slice(0, 200).flatMap((log) => Object.keys(log.properties)));
  const names = new Set([...scores, ...rows.slice(0, 200).flatMap((log) => log.scores.map(({ name }) => name))]);
  return [...COLUMNS, ...[...properties].sort().map(propertyColumn), ...[...names].sort().map(scoreColumn)];
}

/** Those that are chosen, by their ids between commas; without a choice all but properties. */
export function shownOf(
  chosen: string | undefined,
  rows: readonly LogRow[],
  scores: readonly string[],
): Column<LogRow>[] {
  const offered = offeredColumns(rows, scores);
  if (chosen === undefined) return offered.filter(({ id }) => !id.startsWith('property.'));
  const ids = new Set(chosen.split(','));
  return offered.filter(({ id }) => ids.has(id));
}

interface Selection {
  selected: ReadonlySet<string>;
  setSelected: (ids: ReadonlySet<string>) => void;
}

/** With a box before each log. */
export function columnsOf(shown: Column<LogRow>[], { selected, setSelected }: Selection): Column<LogRow>[] {
  return [
    {
      id: 'select',
      head: <span className="sr-only">Selected</span>,
      width: 40,
      cell: ({ id, startedAtMs }) => (
        <input
          type="checkbox"
          aria-label={`Select the log of ${wholeTimeText(startedAtMs)}`}
          checked={selected.has(id)}
          onChange={({ target }) => {
            const next = new Set(selected);
            if (target.checked) next.add(id);
            else next.delete(id);
            setSelected(next);
          }}
        />
      ),
    },
    ...shown,
  ];
}
