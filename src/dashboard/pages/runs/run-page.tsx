/** One run: how far it is, what it came to, each datapoint with its scores, and how it compares with another. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import type { WholeRun } from '../../../model/shown-run.ts';
import { cancelRun, isOver, removeRun, runQuery } from '../../api/runs.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { moneyText } from '../../words/number.ts';
import { outputsText, progressText, STATE_TONES } from '../../words/run.ts';
import { BaselinePicker } from './baseline-picker.tsx';
import { Matrix } from './matrix.tsx';
import { RunComparison } from './run-comparison.tsx';
import { RunScores } from './run-scores.tsx';

export default function RunPage() {
  const { id } = useParams({ from: '/runs/$id' });
  const { baseline } = useSearch({ from: '/runs/$id' });
  const found = useQuery(runQuery(id));
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const run = found.data;
  const { dataset } = run.spec;
  return (
    <PageFrame
      title={run.spec.name}
      about={
        <span className="flex items-center gap-2 text-soft">
          <Badge tone={STATE_TONES[run.state]}>{run.state}</Badge>
          <span>
            {outputsText(run.spec.outputs)} over{' '}
            <Link
              to="/datasets/$name"
              params={{ name: dataset.name }}
              search={{ version: String(dataset.version) }}
              className="text-ink hover:underline"
            >
              {dataset.name} v{dataset.version}
            </Link>
          </span>
        </span>
      }
      actions={<RunActions run={run} />}
      bar={<BaselinePicker run={run} baseline={baseline} />}
    >
      {run.reason === null ? null : (
        <p role="status" className="border-b border-line bg-warn-wash px-4 py-2 text-warn">
          {run.reason}
        </p>
      )}
      <Progress run={run} />
      {baseline === undefined ? <RunScores run={run} /> : <RunComparison run={run} baseline={baseline} />}
      <Matrix run={run} />
    </PageFrame>
  );
}

function Progress({ run }: { run: WholeRun }) {
  const { outputs, outputsThere, costUsd } = run.progress;
  return (
    <div className="flex items-center gap-3 px-4 pt-4">
      {isOver(run) ? null : (
        <progress aria-label="Outputs that are there" className="w-60" max={outputs || 1} value={outputsThere} />
      )}
      <span className="text-soft">
        {progressText(run)}, {moneyText(costUsd)}
      </span>
    </div>
  );
}

function RunActions({ run }: { run: WholeRun }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const change = useMutation({
    mutationFn: (): Promise<unknown> => (isOver(run) ? removeRun(run.id) : cancelRun(run.id)),
    onSuccess: async () => {
      if (isOver(run)) await navigate({ to: '/runs' });
      await client.invalidateQueries({ queryKey: ['runs'] });
    },
  });
  return (
    <>
      {change.isError ? <span className="text-bad">{change.error.message}</span> : null}
      <Button look="danger" disabled={change.isPending} onClick={() => change.mutate()}>
        {isOver(run) ? 'Remove' : 'Cancel'}
      </Button>
    </>
  );
}
