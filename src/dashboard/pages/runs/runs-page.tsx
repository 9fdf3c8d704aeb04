/** Runs: evaluators over datasets, the newest first. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo } from 'react';
import type { ShownRun } from '../../../model/shown-run.ts';
import { runsQuery } from '../../api/runs.ts';
import { Badge } from '../../parts/badge.tsx';
import { buttonClass } from '../../parts/button.tsx';
import type { Column } from '../../parts/column.ts';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { countText, durationText, UNKNOWN } from '../../words/number.ts';
import { outputsText, STATE_TONES } from '../../words/run.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

const COLUMNS: Column<ShownRun>[] = [
  {
    id: 'name',
    head: 'Name',
    cell: ({ id, spec: { name } }) => (
      <Link to="/runs/$id" params={{ id }} className="hover:underline">
        {name}
      </Link>
    ),
  },
  {
    id: 'state',
    head: 'State',
    width: 100,
    cell: ({ state, reason }) => (
      <Badge tone={STATE_TONES[state]} title={reason ?? undefined}>
        {state}
      </Badge>
    ),
  },
  {
    id: 'dataset',
    head: 'Dataset',
    width: 220,
    cell: ({ spec: { dataset } }) => (
      <Link to="/datasets/$name" params={{ name: dataset.name }} className="hover:underline">
        {dataset.name} <span className="text-soft">v{dataset.version}</span>
      </Link>
    ),
  },
  { id: 'outputs', head: 'Outputs', width: 200, cell: ({ spec: { outputs } }) => outputsText(outputs) },
  { id: 'count', head: 'Count', width: 80, numeric: true, cell: ({ outputs }) => countText(outputs) },
  {
    id: 'took',
    head: 'Took',
    width: 100,
    numeric: true,
    cell: ({ startedAtMs, endedAtMs }) =>
      startedAtMs === null || endedAtMs === null ? UNKNOWN : durationText(endedAtMs - startedAtMs),
  },
  {
    id: 'started',
    head: 'Made',
    width: 150,
    cell: ({ createdAtMs }) => (
      <time dateTime={new Date(createdAtMs).toISOString()} title={wholeTimeText(createdAtMs)}>
        {timeText(createdAtMs)}
      </time>
    ),
  },
];

export default function RunsPage() {
  const list = useInfiniteQuery(runsQuery);
  const navigate = useNavigate();
  const rows = useMemo(() => list.data?.pages.flatMap(({ runs }) => runs) ?? [], [list.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  return (
    <PageFrame
      title="Runs"
      fills
      actions={
        <Link to="/runs/new" className={buttonClass({ look: 'strong' })}>
          Start a run
        </Link>
      }
    >
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="No runs yet">
          A run asks a model every question of a dataset and lets evaluators look at the answers. Two runs over the same
          dataset can be compared.
        </Empty>
      ) : (
        <Table
          label="Runs"
          columns={COLUMNS}
          rows={rows}
          idOf={({ id }) => id}
          onOpen={({ id }) => void navigate({ to: '/runs/$id', params: { id } })}
          onEnd={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
        />
      )}
    </PageFrame>
  );
}
