/** One log: what was said, what it took, what evaluators and people say of it, and what happened around it. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { logQuery } from '../../api/logs.ts';
import { AddToDataset } from '../../parts/add-to-dataset.tsx';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { CopyButton } from '../../parts/copy-button.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { useKeys } from '../../shell/use-keys.ts';
import { asCurl, asOpenAiCode } from '../../words/copied-call.ts';
import { timeText } from '../../words/time.ts';
import { CallFacts } from './call-facts.tsx';
import { Conversation } from './conversation.tsx';
import { LogProperties } from './log-properties.tsx';
import { LogScores } from './log-scores.tsx';
import { RawBodies } from './raw-bodies.tsx';
import { RemoveLogDialog } from './remove-log-dialog.tsx';
import { SessionTimeline } from './session-timeline.tsx';
import { WhyNot } from './why-not.tsx';

const TABS = [
  ['conversation', 'Conversation'],
  ['raw', 'Raw'],
] as const;

export default function LogPage() {
  const { id } = useParams({ from: '/logs/$id' });
  const { tab = 'conversation' } = useSearch({ from: '/logs/$id' });
  const navigate = useNavigate();
  const found = useQuery(logQuery(id));
  const evaluators = useQuery(evaluatorsQuery).data?.evaluators;
  const better = useMemo(() => new Map(evaluators?.map((one) => [one.name, one.better])), [evaluators]);
  const [open, setOpen] = useState<'dataset' | 'remove'>();
  useKeys({ u: () => void navigate({ to: '/logs' }) });
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const log = found.data;
  const code = asOpenAiCode(log, location.origin);
  const isBad = log.ending !== 'ended' || (log.status ?? 0) >= 400;
  return (
    <PageFrame
      title={log.model ?? log.path}
      about={
        <span className="flex items-center gap-2 text-soft">
          <Badge tone={isBad ? 'bad' : 'good'}>
            {log.ending === 'ended' ? log.status : log.ending.replaceAll('_', ' ')}
          </Badge>
          {timeText(log.startedAtMs)}
        </span>
      }
      actions={
        <>
          <CopyButton label="Copy as curl" text={() => asCurl(log, location.origin)} />
          {code === undefined ? null : <CopyButton label="Copy as code" text={() => code} />}
          <Button onClick={() => setOpen('dataset')}>Add to a dataset</Button>
          <Button look="danger" onClick={() => setOpen('remove')}>
            Delete
          </Button>
        </>
      }
      bar={<Tabs label="Sides of the log" tabs={TABS} open={tab} />}
    >
      <div className="grid items-start gap-4 p-4 lg:grid-cols-[3fr_2fr]">
        <div className="flex min-w-0 flex-col gap-4">
          {tab === 'raw' ? <RawBodies log={log} /> : <Conversation log={log} />}
          {log.sessionId === null ? null : <SessionTimeline log={log} sessionId={log.sessionId} />}
        </div>
        <div className="flex min-w-0 flex-col gap-4">
          <LogScores log={log} better={better} />
          <CallFacts log={log} />
          <LogProperties log={log} />
          <WhyNot logId={log.id} />
        </div>
      </div>
      {open === 'dataset' ? <AddToDataset logs={{ logIds: [log.id] }} onClose={() => setOpen(undefined)} /> : null}
      {open === 'remove' ? <RemoveLogDialog id={log.id} onClose={() => setOpen(undefined)} /> : null}
    </PageFrame>
  );
}
