/** Each datapoint of a run with its output and what each evaluator said of it. */
import { Link } from '@tanstack/react-router';
import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { ShownRunResult, WholeRun } from '../../../model/shown-run.ts';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { runCellsQuery } from '../../api/runs.ts';
import type { Column } from '../../parts/column.ts';
import { ScoreCell } from '../../parts/score-cell.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { type MatrixLine, matrixOf } from '../../words/matrix.ts';
import { durationText, moneyText } from '../../words/number.ts';
import { stepOf } from '../../words/run.ts';

export function Matrix({ run }: { run: WholeRun }) {
  const total = Math.max(1, run.progress.outputs / run.spec.repetitions);
  const list = useInfiniteQuery(runCellsQuery(run.id, total, stepOf(run)));
  const { lines, scores } = useMemo(() => matrixOf(list.data?.pages ?? []), [list.data]);
  const evaluators = useQuery(evaluatorsQuery).data?.evaluators;
  const columns = useMemo(() => {
    const better = new Map(evaluators?.map((one) => [one.name, one.better]));
    return columnsOf(scores, run.spec.repetitions, better);
  }, [scores, run.spec.repetitions, evaluators]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failure error={list.error} retry={() => void list.refetch()} />;
  if (lines.length === 0) return <Empty title="No outputs yet">They appear here as they come.</Empty>;
  return (
    <section aria-label="Datapoints and scores" className="h-[70vh] border-t border-line">
      <Table
        label="Datapoints and scores"
        columns={columns}
        rows={lines}
        total={run.progress.outputs}
        idOf={({ key }) => key}
        onEnd={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
      />
    </section>
  );
}

/** Which way is good, by evaluator. */
type Better = ReadonlyMap<string, 'higher' | 'lower' | null>;

function columnsOf(scores: readonly string[], repetitions: number, better: Better): Column<MatrixLine>[] {
  return [
    {
      id: 'datapoint',
      head: 'Datapoint',
      width: 100,
      numeric: true,
      cell: ({ position, repetition }) => (repetitions > 1 ? `${position + 1} (${repetition + 1})` : position + 1),
    },
    { id: 'output', head: 'Output', cell: ({ output }) => <Output output={output} /> },
    {
      id: 'took',
      head: 'Latency',
      width: 90,
      numeric: true,
      cell: ({ output }) => durationText(output?.durationMs),
    },
    { id: 'cost', head: 'Cost', width: 90, numeric: true, cell: ({ output }) => moneyText(output?.costUsd) },
    ...scores.map((name) => ({
      id: `score.${name}`,
      head: name,
      width: Math.min(180, Math.max(90, name.length * 7 + 24)),
      cell: ({ results }: MatrixLine) => <Result result={results.get(name)} better={better} />,
    })),
  ];
}

function Output({ output }: { output: MatrixLine['output'] }) {
  if (output === undefined) return <span className="text-soft">to come</span>;
  if (output.logId === null) return <span className="text-bad">{output.failure}</span>;
  return (
    <Link to="/logs/$id" params={{ id: output.logId }} className="text-accent hover:underline">
      its log
    </Link>
  );
}

function Result({ result, better }: { result: ShownRunResult | undefined; better: Better }) {
  if (result === undefined || result.outcome === 'scored')
    return (
      <span title={result?.reason ?? undefined}>
        <ScoreCell value={result?.value} better={result && better.get(result.evaluator)} />
      </span>
    );
  return (
    <span title={result.reason ?? undefined} className={result.outcome === 'failed' ? 'text-bad' : 'text-soft'}>
      {result.outcome}
    </span>
  );
}
