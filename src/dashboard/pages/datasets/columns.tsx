/** The columns of the table of datapoints. */
import { Link } from '@tanstack/react-router';
import type { ShownDatapoint } from '../../../model/shown-dataset.ts';
import type { Column } from '../../parts/column.ts';
import { askedText, plainText, targetText } from '../../words/datapoint.ts';
import { sourceText } from './datapoint-dialog.tsx';

export const COLUMNS: Column<ShownDatapoint>[] = [
  { id: 'asked', head: 'Asks', cell: (datapoint) => askedText(datapoint) },
  { id: 'target', head: 'Target', width: 320, cell: ({ target }) => targetText(target) },
  {
    id: 'metadata',
    head: 'Metadata',
    width: 220,
    cell: ({ metadata }) => (
      <span className="text-soft">
        {Object.entries(metadata)
          .map(([name, value]) => `${name}: ${plainText(value)}`)
          .join(', ')}
      </span>
    ),
  },
  {
    id: 'source',
    head: 'From',
    width: 160,
    cell: (datapoint) =>
      datapoint.source.logId === undefined ? (
        <span className="text-soft">{sourceText(datapoint)}</span>
      ) : (
        <Link to="/logs/$id" params={{ id: datapoint.source.logId }} className="text-accent hover:underline">
          a log
        </Link>
      ),
  },
];
