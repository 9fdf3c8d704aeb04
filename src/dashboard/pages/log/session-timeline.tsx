/** The other calls of the same session, in their order, as bars along its time. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { WholeLog } from '../../../model/log-row.ts';
import { sessionLogsQuery } from '../../api/logs.ts';
import { classNames } from '../../parts/class-names.ts';
import { Panel } from '../../parts/panel.tsx';
import { Failure } from '../../parts/states.tsx';
import { durationText, UNKNOWN } from '../../words/number.ts';

export function SessionTimeline({ log, sessionId }: { log: WholeLog; sessionId: string }) {
  const found = useQuery(sessionLogsQuery(sessionId));
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const logs = found.data?.logs ?? [];
  const fromMs = logs[0]?.startedAtMs ?? log.startedAtMs;
  const toMs = Math.max(...logs.map(({ startedAtMs, durationMs }) => startedAtMs + durationMs), fromMs + 1);
  return (
    <Panel
      title={`Session ${log.sessionName ?? sessionId}`}
      actions={<span className="text-soft">{durationText(toMs - fromMs)}</span>}
    >
      <ol className="py-1">
        {logs.map(({ id, sessionPath, model, startedAtMs, durationMs, status }) => (
          <li key={id}>
            <Link
              to="/logs/$id"
              params={{ id }}
              aria-current={id === log.id ? 'page' : undefined}
              className={classNames(
                'flex items-center gap-3 px-4 py-1 hover:bg-hover',
                id === log.id && 'bg-accent-wash',
              )}
            >
              <span className="w-48 truncate">{sessionPath ?? model ?? UNKNOWN}</span>
              <span aria-hidden className="relative h-2 flex-1 rounded-sm bg-hover">
                <span
                  className={classNames('absolute h-2 rounded-sm', (status ?? 500) >= 400 ? 'bg-bad' : 'bg-accent')}
                  style={{
                    left: `${((startedAtMs - fromMs) / (toMs - fromMs)) * 100}%`,
                    width: `max(2px, ${(durationMs / (toMs - fromMs)) * 100}%)`,
                  }}
                />
              </span>
              <span className="w-20 text-right text-soft">{durationText(durationMs)}</span>
            </Link>
          </li>
        ))}
      </ol>
    </Panel>
  );
}
