/** When, how long, how much: the call in numbers, its time as a bar. */
import type { ReactNode } from 'react';
import type { WholeLog } from '../../../model/log-row.ts';
import { Panel } from '../../parts/panel.tsx';
import { countText, durationText, moneyText, UNKNOWN } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

export function CallFacts({ log }: { log: WholeLog }) {
  const { usage } = log;
  const asked = log.modelAsked === log.modelAnswered ? null : log.modelAsked;
  return (
    <Panel title="Call">
      <TimingBar log={log} />
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1 px-4 py-3">
        <Fact name="Started">
          <time dateTime={new Date(log.startedAtMs).toISOString()} title={wholeTimeText(log.startedAtMs)}>
            {timeText(log.startedAtMs)}
          </time>
        </Fact>
        <Fact name="Upstream">{log.upstream}</Fact>
        <Fact name="Path">
          <code className="font-mono text-xs break-all">
            {log.method} {log.path}
          </code>
        </Fact>
        <Fact name="Model">{asked === null ? (log.model ?? UNKNOWN) : `${log.model}, asked for ${asked}`}</Fact>
        <Fact name="Ended">{log.finishReason ?? log.errorCode ?? log.ending.replaceAll('_', ' ')}</Fact>
        <Fact name="Input">
          {countText(usage?.inputTokens)} tokens
          {usage != null && usage.cachedInputTokens > 0 ? `, ${countText(usage.cachedInputTokens)} of them cached` : ''}
        </Fact>
        <Fact name="Output">
          {countText(usage?.outputTokens)} tokens
          {usage != null && usage.reasoningTokens > 0 ? `, ${countText(usage.reasoningTokens)} of them reasoning` : ''}
          {usage?.estimated === true ? ' (estimated)' : ''}
        </Fact>
        <Fact name="Cost">{moneyText(log.costUsd)}</Fact>
        {log.userId === null ? null : <Fact name="User">{log.userId}</Fact>}
        {log.sessionId === null ? null : <Fact name="Session">{log.sessionName ?? log.sessionId}</Fact>}
        <Fact name="Request id">
          <code className="font-mono text-xs break-all">{log.requestId}</code>
        </Fact>
      </dl>
    </Panel>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <>
      <dt className="text-soft">{name}</dt>
      <dd className="min-w-0 break-words">{children}</dd>
    </>
  );
}

/** Until the first byte, until the first token, until the end. */
function TimingBar({ log: { firstByteMs, firstTokenMs, durationMs } }: { log: WholeLog }) {
  const marks = [
    { name: 'first byte', atMs: firstByteMs, look: 'bg-accent/30' },
    { name: 'first token', atMs: firstTokenMs, look: 'bg-accent/60' },
    { name: 'end', atMs: durationMs, look: 'bg-accent' },
  ].filter((mark): mark is { name: string; atMs: number; look: string } => mark.atMs !== null);
  let before = 0;
  const parts = marks.map((mark) => {
    const ms = Math.max(0, mark.atMs - before);
    before = Math.max(before, mark.atMs);
    return { ...mark, ms };
  });
  return (
    <div className="border-b border-line px-4 py-3">
      <div aria-hidden className="flex h-2 overflow-hidden rounded-sm bg-hover">
        {parts.map(({ name, ms, look }) => (
          <div key={name} className={look} style={{ flexGrow: ms || 0.001 }} />
        ))}
      </div>
      <p className="mt-1 flex flex-wrap gap-x-4 text-xs text-soft">
        {parts.map(({ name, atMs }) => (
          <span key={name}>
            {name} {durationText(atMs)}
          </span>
        ))}
      </p>
    </div>
  );
}
