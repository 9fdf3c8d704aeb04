/** Logs: the newest first, live, as many as one scrolls to; filtered, exported, several taken at once. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useKnownNames } from '../../api/names.ts';
import { logsQuery, type Slice } from '../../api/logs.ts';
import { Button } from '../../parts/button.tsx';
import { FilterBar } from '../../parts/filter-bar.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { RangePicker } from '../../parts/range-picker.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { RANGES, readRange } from '../../words/time-range.ts';
import { filterOf } from '../../words/where.ts';
import { ColumnPicker } from './column-picker.tsx';
import { columnsOf, shownOf } from './columns.tsx';
import { ExportLinks } from './export-links.tsx';
import { SelectedActions } from './selected-actions.tsx';
import { useLiveLogs } from './use-live-logs.ts';

const RANGE = '7d';

export default function LogsPage() {
  const { range: rangeText = RANGE, where, columns: chosen } = useSearch({ from: '/logs' });
  const navigate = useNavigate({ from: '/logs' });
  const known = useKnownNames();
  const [isLive, setLive] = useState(true);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const endsNow = Object.hasOwn(RANGES, rangeText);
  const slice = useMemo((): Slice => {
    const range = readRange(rangeText) ?? readRange(RANGE)!;
    return {
      filter: known === undefined ? null : filterOf(where, known),
      fromMs: range.fromMs,
      // What lands from now on belongs to it.
      toMs: endsNow ? null : range.toMs,
    };
  }, [rangeText, where, known?.scores.join(), known?.properties.join(), endsNow]);
  const list = useInfiniteQuery({ ...logsQuery(slice), enabled: known !== undefined });
  const fetched = useMemo(() => list.data?.pages.flatMap(({ logs }) => logs) ?? [], [list.data]);
  const rows = useLiveLogs(fetched, slice.filter, isLive && endsNow && list.isSuccess);
  const columns = useMemo(
    () => columnsOf(shownOf(chosen, rows, known?.scores ?? []), { selected, setSelected }),
    [chosen, rows, known, selected],
  );
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const change = (search: { range?: string; where?: string | undefined; columns?: string | undefined }): void =>
    void navigate({ search: (before) => ({ ...before, ...search }) });
  return (
    <PageFrame
      title="Logs"
      fills
      actions={
        selected.size > 0 ? (
          <SelectedActions ids={[...selected]} onDone={() => setSelected(new Set())} />
        ) : (
          <>
            <Button aria-pressed={isLive} disabled={!endsNow} onClick={() => setLive(!isLive)}>
              {isLive && endsNow ? 'Pause' : 'Resume'}
            </Button>
            <ColumnPicker rows={rows} chosen={chosen} known={known} onChange={(columns) => change({ columns })} />
            <ExportLinks slice={slice} />
          </>
        )
      }
      bar={
        <div className="flex flex-wrap items-center gap-2">
          <RangePicker value={rangeText} onChange={(range) => change({ range })} />
          <FilterBar where={where} onChange={(next) => change({ where: next })} />
        </div>
      }
    >
      {list.isError ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.isPending ? (
        <Loading />
      ) : rows.length === 0 ? (
        <Empty title={where === undefined ? 'No logs in this time' : 'No logs match'}>
          {where === undefined
            ? 'Calls that pass the gateway appear here by themselves.'
            : 'Take a condition away, or choose a longer time.'}
        </Empty>
      ) : (
        <Table
          label="Logs"
          columns={columns}
          rows={rows}
          idOf={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: '/logs/$id', params: { id } })}
          onEnd={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
        />
      )}
    </PageFrame>
  );
}
