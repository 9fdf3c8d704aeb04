/**
 * The table of all pages: fixed columns, a head that stays, only the rows in sight drawn, j and k to go through the rows.
 * What is in it, and in which order, is the page's; tables whose rows are all there can be sorted by their heads.
 */
import { createColumnHelper, type SortingState, useTable } from '@tanstack/react-table';
import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useKeys } from '../shell/use-keys.ts';
import { classNames } from './class-names.ts';
import type { Column } from './column.ts';
import { type TableFeatures, tableOptions } from './table-features.ts';
import { TableHead } from './table-head.tsx';

export interface TableProps<Row> {
  /** What the table is of, for those who do not see it. */
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  idOf: (row: Row) => string;
  /** Enter, or a click beside links. */
  onOpen?: ((row: Row) => void) | undefined;
  /** The end is near: more may be fetched. */
  onEnd?: (() => void) | undefined;
  /** Below the last row. */
  foot?: ReactNode;
  /** Of all rows, where that is known. */
  total?: number | undefined;
  sorting?: SortingState;
}

export const ROW_HEIGHT = 32;
const NEAR_END_ROWS = 30;

export function Table<Row extends object>(props: TableProps<Row>) {
  const { label, columns, rows, idOf, onOpen, onEnd, foot } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const defined = useMemo(() => {
    const helper = createColumnHelper<TableFeatures, Row>();
    return helper.columns(
      columns.map(({ id, sortBy }) =>
        helper.accessor((row): unknown => sortBy?.(row) ?? undefined, {
          id,
          enableSorting: sortBy !== undefined,
          sortUndefined: 'last',
        }),
      ),
    );
  }, [columns]);
  const table = useTable({
    features: tableOptions,
    columns: defined,
    data: rows,
    getRowId: idOf,
    ...(props.sorting === undefined ? {} : { initialState: { sorting: props.sorting } }),
  });
  const shown = table.getRowModel().rows;
  const virtual = useVirtualizer({
    count: shown.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => ROW_HEIGHT,
    overscan: 12,
    getItemKey: (index) => shown[index]?.id ?? index,
  });
  const items = virtual.getVirtualItems();
  const last = items.at(-1)?.index ?? -1;
  useEffect(() => {
    if (last >= shown.length - NEAR_END_ROWS) onEnd?.();
  }, [last, shown.length, onEnd]);

  const focus = (index: number): void => {
    if (index < 0 || index >= shown.length) return;
    virtual.scrollToIndex(index);
    requestAnimationFrame(() => rowOf(scroller.current, index)?.focus({ preventScroll: true }));
  };
  const step = (by: number): void => {
    const now = indexOf(document.activeElement);
    focus(now === undefined ? (items.find(({ start }) => start >= (virtual.scrollOffset ?? 0))?.index ?? 0) : now + by);
  };
  useKeys({ j: () => step(1), k: () => step(-1) });

  const before = items[0]?.start ?? 0;
  const after = virtual.getTotalSize() - (items.at(-1)?.end ?? 0);
  return (
    <div ref={scroller} className="h-full overflow-auto bg-panel" data-table>
      <table
        aria-label={label}
        aria-rowcount={(props.total ?? rows.length) + 1}
        className="w-full table-fixed border-separate border-spacing-0"
      >
        <colgroup>
          {columns.map(({ id, width }) => (
            <col key={id} style={width === undefined ? { minWidth: 160 } : { width }} />
          ))}
        </colgroup>
        <TableHead columns={columns} table={table} />
        <tbody>
          {before > 0 ? <Gap height={before} columns={columns.length} /> : null}
          {items.map(({ index, key }) => {
            const row = shown[index]!;
            return (
              <tr
                key={key}
                tabIndex={-1}
                data-index={index}
                aria-rowindex={index + 2}
                className={classNames(
                  'group h-8 focus:bg-accent-wash focus-within:bg-accent-wash hover:bg-hover',
                  onOpen && 'cursor-pointer',
                )}
                onClick={(event) => {
                  if (onOpen && !isControl(event.target) && getSelection()?.isCollapsed !== false) onOpen(row.original);
                }}
                onKeyDown={(event) => {
                  if (onOpen && event.key === 'Enter' && event.target === event.currentTarget) onOpen(row.original);
                }}
              >
                {columns.map(({ id, numeric, cell }) => (
                  <td
                    key={id}
                    className={classNames(
                      'truncate border-b border-line px-2 first:pl-4 last:pr-4',
                      numeric && 'text-right',
                    )}
                  >
                    {cell(row.original)}
                  </td>
                ))}
              </tr>
            );
          })}
          {after > 0 ? <Gap height={after} columns={columns.length} /> : null}
        </tbody>
      </table>
      {foot}
    </div>
  );
}

/** Stands for the rows out of sight. */
function Gap({ height, columns }: { height: number; columns: number }) {
  return (
    <tr aria-hidden>
      <td colSpan={columns} style={{ height, padding: 0 }} />
    </tr>
  );
}

function rowOf(within: HTMLElement | null, index: number): HTMLElement | null | undefined {
  return within?.querySelector<HTMLElement>(`tr[data-index="${index}"]`);
}

function indexOf(element: Element | null): number | undefined {
  const row = element?.closest<HTMLElement>('[data-table] tr[data-index]');
  return row == null ? undefined : Number(row.dataset.index);
}

function isControl(target: EventTarget): boolean {
  return target instanceof Element && target.closest('a, button, input, label, select') !== null;
}
