/** Both sides as they were recorded. */
import type { WholeLog } from '../../../model/log-row.ts';
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { bytesText } from '../../words/number.ts';

export function RawBodies({ log }: { log: WholeLog }) {
  return (
    <>
      <Body
        title="Request"
        body={log.requestBody}
        headers={log.requestHeaders}
        size={log.requestSize}
        cut={log.requestTruncated}
      />
      <Body
        title="Response"
        body={log.responseBody}
        headers={log.responseHeaders}
        size={log.responseSize}
        cut={log.responseTruncated}
      />
    </>
  );
}

interface BodyProps {
  title: string;
  body: unknown;
  headers: Record<string, string>;
  size: number;
  cut: boolean;
}

function Body({ title, body, headers, size, cut }: BodyProps) {
  const text = body == null ? '' : typeof body === 'string' ? body : JSON.stringify(body, null, 2);
  return (
    <Panel
      title={title}
      actions={
        <>
          <span className="text-xs text-soft">{cut ? `${bytesText(size)}, cut` : bytesText(size)}</span>
          <CopyButton look="quiet" label="Copy" text={() => text} />
        </>
      }
    >
      <details className="border-b border-line px-4 py-2">
        <summary className="text-xs text-soft">Headers</summary>
        <dl className="mt-1 grid grid-cols-[auto_1fr] gap-x-3 font-mono text-xs">
          {Object.entries(headers).map(([name, value]) => (
            <div key={name} className="contents">
              <dt className="text-soft">{name}</dt>
              <dd className="break-all">{value}</dd>
            </div>
          ))}
        </dl>
      </details>
      <pre
        // What scrolls is to be reached by keyboard.
        tabIndex={0}
        aria-label={`Body of the ${title.toLowerCase()}`}
        className="max-h-160 overflow-auto px-4 py-3 font-mono text-xs break-words whitespace-pre-wrap"
      >
        {text === '' ? 'Empty' : text}
      </pre>
    </Panel>
  );
}
