/** Logs: the newest first, as many as one scrolls to. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import { logsQuery } from '../../api/logs.ts';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { COLUMNS, scoreColumn } from './columns.tsx';

export default function LogsPage() {
  const list = useInfiniteQuery(logsQuery({ filter: null, fromMs: null, toMs: null }));
  const navigate = useNavigate();
  const rows = useMemo(() => list.data?.pages.flatMap(({ logs }) => logs) ?? [], [list.data]);
  const columns = useMemo(() => {
    const names = new Set(rows.slice(0, 200).flatMap(({ scores }) => scores.map(({ name }) => name)));
    return [...COLUMNS, ...[...names].sort().map(scoreColumn)];
  }, [rows]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  const onEnd = useMemo(
    () => (hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined),
    [hasNextPage, isFetchingNextPage, fetchNextPage],
  );
  return (
    <PageFrame title="Logs" fills>
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No logs yet">Calls that pass the gateway appear here.</Empty>
      ) : (
        <Table
          label="Logs"
          columns={columns}
          rows={rows}
          idOf={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: '/logs/$id', params: { id } })}
          onEnd={onEnd}
        />
      )}
    </PageFrame>
  );
}
