/** Logs with the worst values of a score; they can go into a dataset together. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import type { Filter } from '../../../model/filter.ts';
import type { ScoreKind } from '../../../model/score.ts';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { scoredLogsQuery } from '../../api/logs.ts';
import { scoreStatisticsQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { AddToDataset } from '../../parts/add-to-dataset.tsx';
import { Button } from '../../parts/button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ScoreCell } from '../../parts/score-cell.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { timeText } from '../../words/time.ts';

const SHOWN = 20;

export function WorstLogs({ name, asked: { slice }, kind }: { name: string; asked: AskedSlice; kind: ScoreKind }) {
  const [isAdding, setAdding] = useState(false);
  const evaluator = useQuery(evaluatorsQuery).data?.evaluators.find((one) => one.name === name);
  const isLowGood = evaluator?.better === 'lower';
  const statistics = useQuery(scoreStatisticsQuery({ ...slice, scores: [name] })).data?.rows[0]?.statistics;
  const bad = badOnes(
    name,
    kind,
    isLowGood,
    statistics?.kind === 'number' ? (isLowGood ? statistics.p90 : statistics.p10) : null,
  );
  const filter = slice.filter === null ? bad : { and: [slice.filter, bad] };
  const found = useQuery({ ...scoredLogsQuery({ ...slice, filter }), enabled: statistics !== undefined });
  const valueOf = (scores: { name: string; value: boolean | number | string }[]) =>
    scores.find((score) => score.name === name)?.value;
  const logs = (found.data?.logs ?? [])
    .toSorted((one, other) => (Number(valueOf(one.scores)) - Number(valueOf(other.scores))) * (isLowGood ? -1 : 1))
    .slice(0, SHOWN);
  return (
    <Panel
      title={kind === 'category' ? 'Logs' : 'Worst logs'}
      actions={logs.length === 0 ? null : <Button onClick={() => setAdding(true)}>Add them to a dataset</Button>}
    >
      {found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isPending ? <Loading /> : null}
      {found.isSuccess && logs.length === 0 ? <p className="px-4 py-3 text-soft">None.</p> : null}
      <ul>
        {logs.map(({ id, model, startedAtMs, scores }) => (
          <li key={id} className="flex items-center gap-3 border-b border-line px-4 py-1 last:border-b-0">
            <span className="w-24">
              <ScoreCell value={valueOf(scores)} better={evaluator?.better} />
            </span>
            <Link to="/logs/$id" params={{ id }} className="min-w-0 flex-1 truncate text-accent hover:underline">
              {model ?? id}
            </Link>
            <span className="text-soft">{timeText(startedAtMs)}</span>
          </li>
        ))}
      </ul>
      {isAdding ? <AddToDataset logs={{ logIds: logs.map(({ id }) => id) }} onClose={() => setAdding(false)} /> : null}
    </Panel>
  );
}

/** The tenth that is worst, by its bound. */
function badOnes(name: string, kind: ScoreKind, isLowGood: boolean, bound: number | null): Filter {
  if (kind === 'boolean') return { score: name, equals: isLowGood };
  if (kind === 'category' || bound === null) return { score: name, present: true };
  return isLowGood ? { score: name, gte: bound } : { score: name, lte: bound };
}
