/** The head of a table: names of columns, and by which one it is sorted. */
import type { Table } from '@tanstack/react-table';
import { ArrowDown, ArrowUp } from 'lucide-react';
import { classNames } from './class-names.ts';
import type { Column } from './column.ts';
import type { TableFeatures } from './table-features.ts';

const DIRECTION = { asc: 'ascending', desc: 'descending' } as const;

interface TableHeadProps<Row extends object> {
  columns: Column<Row>[];
  table: Table<TableFeatures, Row>;
}

export function TableHead<Row extends object>({ columns, table }: TableHeadProps<Row>) {
  return (
    <thead>
      <tr aria-rowindex={1}>
        {columns.map(({ id, head, numeric }) => {
          const column = table.getColumn(id);
          const sorted = column?.getIsSorted() || undefined;
          const Arrow = sorted === 'asc' ? ArrowUp : ArrowDown;
          return (
            <th
              key={id}
              scope="col"
              aria-sort={sorted === undefined ? undefined : DIRECTION[sorted]}
              className={classNames(
                'sticky top-0 z-10 h-8 truncate border-b border-line bg-panel px-2 text-xs font-medium text-soft first:pl-4 last:pr-4',
                numeric ? 'text-right' : 'text-left',
              )}
            >
              {column?.getCanSort() ? (
                <button
                  type="button"
                  className="inline-flex items-center gap-1 hover:text-ink"
                  onClick={column.getToggleSortingHandler()}
                >
                  {head}
                  {sorted === undefined ? null : <Arrow aria-hidden className="size-3" />}
                </button>
              ) : (
                head
              )}
            </th>
          );
        })}
      </tr>
    </thead>
  );
}
