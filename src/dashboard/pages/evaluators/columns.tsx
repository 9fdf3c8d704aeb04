/** The columns of the table of evaluators. */
import { Link } from '@tanstack/react-router';
import type { ShownEvaluator } from '../../../model/shown-evaluator.ts';
import type { ShownRule } from '../../../model/shown-rule.ts';
import type { Column } from '../../parts/column.ts';
import { percentText, UNKNOWN } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';
import { StateBadge } from './state-badge.tsx';

const MANAGED = { file: 'file', config: 'gradeway.yaml', api: 'here' };

export function columnsOf(rules: ShownRule[]): Column<ShownEvaluator>[] {
  return [
    {
      id: 'name',
      head: 'Name',
      sortBy: ({ name }) => name,
      cell: ({ name, description }) => (
        <>
          <Link to="/evaluators/$name" params={{ name }} className="font-medium hover:underline">
            {name}
          </Link>
          <span className="ml-2 text-soft">{description}</span>
        </>
      ),
    },
    { id: 'state', head: 'State', width: 100, sortBy: ({ state }) => state, cell: (one) => <StateBadge of={one} /> },
    { id: 'kind', head: 'Kind', width: 100, sortBy: ({ kind }) => kind, cell: ({ kind }) => kind },
    { id: 'returns', head: 'Returns', width: 180, sortBy: ({ returns }) => returns, cell: scaleText },
    { id: 'live', head: 'Live logs', width: 110, cell: (one) => liveText(one, rules) },
    { id: 'version', head: 'Version', width: 100, cell: ({ version }) => version.slice(0, 8) },
    {
      id: 'from',
      head: 'Defined in',
      width: 110,
      sortBy: ({ managedBy }) => managedBy,
      cell: ({ managedBy }) => MANAGED[managedBy],
    },
    {
      id: 'changed',
      head: 'Changed',
      width: 130,
      sortBy: ({ changedAtMs }) => changedAtMs,
      cell: ({ changedAtMs }) =>
        changedAtMs === null ? UNKNOWN : <time title={wholeTimeText(changedAtMs)}>{timeText(changedAtMs)}</time>,
    },
  ];
}

/** boolean; number 0 to 1; good, fair, poor. */
export function scaleText({ returns, range, options }: Pick<ShownEvaluator, 'returns' | 'range' | 'options'>): string {
  if (range) return `number ${range.min} to ${range.max}`;
  return options ? options.map(({ name }) => name).join(', ') : returns;
}

/** All; 10 %; 2 rules; none. */
function liveText({ name, needsTarget }: ShownEvaluator, rules: ShownRule[]): string {
  if (needsTarget) return 'needs a target';
  const own = rules.filter(({ evaluator, enabled }) => evaluator === name && enabled);
  if (own.length === 0) return 'none';
  if (own.length > 1) return `${own.length} rules`;
  const { sampleRate, filter } = own[0]!;
  const share = sampleRate === 1 ? 'all' : percentText(sampleRate);
  return filter === undefined ? share : `${share} by filter`;
}
