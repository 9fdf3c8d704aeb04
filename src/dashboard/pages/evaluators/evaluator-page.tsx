/** One evaluator: its definition, which live logs it looks at, its versions. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import { evaluatorQuery, pauseEvaluator, removeEvaluator, resumeEvaluator } from '../../api/evaluators.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { draftOf } from '../../words/draft.ts';
import { timeText } from '../../words/time.ts';
import { DefinitionEditor } from './definition-editor.tsx';
import { FileEvaluator } from './file-evaluator.tsx';
import { LiveRules } from './live-rules.tsx';
import { StateBadge } from './state-badge.tsx';
import { Versions } from './versions.tsx';

const TABS = [
  ['definition', 'Definition'],
  ['live', 'Live logs'],
  ['versions', 'Versions'],
] as const;

export default function EvaluatorPage() {
  const { name } = useParams({ from: '/evaluators/$name' });
  const { tab = 'definition' } = useSearch({ from: '/evaluators/$name' });
  const found = useQuery(evaluatorQuery(name));
  const client = useQueryClient();
  const [removing, setRemoving] = useState(false);
  const hold = useMutation({
    mutationFn: (isPaused: boolean) => (isPaused ? resumeEvaluator(name) : pauseEvaluator(name)),
    onSuccess: () => client.invalidateQueries({ queryKey: ['evaluators'] }),
  });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const evaluator = found.data;
  const isOurs = evaluator.managedBy === 'api';
  return (
    <PageFrame
      title={name}
      about={
        <span className="flex items-center gap-2 text-soft">
          {evaluator.kind}, version {evaluator.version.slice(0, 8)} <StateBadge of={evaluator} />
        </span>
      }
      actions={
        <>
          <Button disabled={hold.isPending} onClick={() => hold.mutate(evaluator.pause !== null)}>
            {evaluator.pause === null ? 'Pause' : 'Resume'}
          </Button>
          {isOurs ? (
            <Button look="danger" onClick={() => setRemoving(true)}>
              Delete
            </Button>
          ) : null}
        </>
      }
      bar={<Tabs label="Parts of the evaluator" tabs={TABS} open={tab} />}
    >
      {evaluator.problem === null ? null : (
        <p role="alert" className="border-b border-line bg-bad-wash px-4 py-2 text-bad">
          It cannot be run, and its jobs wait: {evaluator.problem}
        </p>
      )}
      {evaluator.pause === null ? null : (
        <p role="status" className="border-b border-line bg-warn-wash px-4 py-2 text-warn">
          Paused {timeText(evaluator.pause.atMs)}, and its jobs wait: {evaluator.pause.reason}
        </p>
      )}
      {hold.isError ? <Failure error={hold.error} /> : null}
      {tab === 'live' ? (
        <LiveRules evaluator={evaluator} />
      ) : tab === 'versions' ? (
        <Versions evaluator={evaluator} />
      ) : isOurs ? (
        <DefinitionEditor
          key={evaluator.version}
          begin={draftOf(evaluator)}
          isNamed
          onPut={() => void client.invalidateQueries({ queryKey: ['evaluators'] })}
        />
      ) : (
        <FileEvaluator evaluator={evaluator} />
      )}
      {removing ? <RemoveDialog name={name} onClose={() => setRemoving(false)} /> : null}
    </PageFrame>
  );
}

function RemoveDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: (waiting: 'finish' | 'drop') => removeEvaluator(name, waiting),
    onSuccess: async () => {
      await navigate({ to: '/evaluators' });
      await client.invalidateQueries({ queryKey: ['evaluators'] });
    },
  });
  return (
    <Dialog
      title={`Delete ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" onClick={() => remove.mutate('drop')}>
            Delete, drop waiting jobs
          </Button>
          <Button look="danger" onClick={() => remove.mutate('finish')}>
            Delete, let them finish
          </Button>
        </>
      }
    >
      <p>Its scores stay, and its versions can be read. Jobs that wait finish on their version, or are dropped.</p>
      {remove.isError ? <Failure error={remove.error} /> : null}
    </Dialog>
  );
}
