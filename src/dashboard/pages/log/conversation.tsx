/** What was said, as people read it: roles, texts, tools with their arguments, reasoning folded, pictures behind a click. Text is text. */
import { type ReactNode, useState } from 'react';
import type { WholeLog } from '../../../model/log-row.ts';
import type { ToolCall } from '../../../model/message.ts';
import { Button } from '../../parts/button.tsx';
import { classNames } from '../../parts/class-names.ts';
import { Panel } from '../../parts/panel.tsx';
import { picturesIn } from '../../words/pictures.ts';

export function Conversation({ log }: { log: WholeLog }) {
  const { input, output, toolCalls } = log;
  const pictures = picturesIn(log.requestBody);
  const hasOutput = output.text !== '' || output.refusal !== null || toolCalls.length > 0 || output.reasoning !== null;
  return (
    <Panel title="Conversation">
      {log.parseError === null ? null : (
        <p role="status" className="border-b border-line bg-warn-wash px-4 py-2 text-warn">
          {log.parseError}
        </p>
      )}
      <ol>
        {input.map(({ role, text, toolCalls: calls = [], toolCallId, attachments = [] }, index) => (
          // They stay in their order.
          <Turn key={index} role={role} note={toolCallId}>
            <Text text={text} />
            <ToolCalls calls={calls} />
            {attachments.length > 0 ? <p className="text-xs text-soft">with {attachments.join(', ')}</p> : null}
          </Turn>
        ))}
        {hasOutput ? (
          <Turn role="answer" isAnswer>
            {output.reasoning === null ? null : (
              <details className="mb-2">
                <summary className="text-xs text-soft">Reasoning</summary>
                <Text text={output.reasoning} />
              </details>
            )}
            <Text text={output.text} />
            {output.refusal === null ? null : <p className="text-warn">{output.refusal}</p>}
            <ToolCalls calls={toolCalls} />
          </Turn>
        ) : (
          <Turn role="answer" isAnswer>
            <p className="text-soft">{log.responseOmitted ? 'The client asked that it be not stored.' : 'None.'}</p>
          </Turn>
        )}
      </ol>
      {pictures.length > 0 ? <Pictures pictures={pictures} /> : null}
    </Panel>
  );
}

function Turn({
  role,
  note,
  isAnswer = false,
  children,
}: {
  role: string;
  note?: string | undefined;
  isAnswer?: boolean;
  children: ReactNode;
}) {
  return (
    <li
      className={classNames(
        'flex gap-4 border-b border-line px-4 py-3 last:border-b-0',
        isAnswer && 'bg-accent-wash/50',
      )}
    >
      <span className="w-20 shrink-0 text-xs text-soft" title={note}>
        {role}
      </span>
      <div className="min-w-0 flex-1">{children}</div>
    </li>
  );
}

function Text({ text }: { text: string }) {
  return text === '' ? null : <p className="break-words whitespace-pre-wrap">{text}</p>;
}

function ToolCalls({ calls }: { calls: readonly ToolCall[] }) {
  return calls.map(({ id, name, arguments: given }, index) => (
    <div key={id ?? index} className="mt-1 rounded-md bg-page px-2 py-1">
      <span className="font-mono text-xs">{name}</span>
      <pre className="font-mono text-xs whitespace-pre-wrap text-soft">{readable(given)}</pre>
    </div>
  ));
}

function readable(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}

function Pictures({ pictures }: { pictures: string[] }) {
  const [shown, setShown] = useState(false);
  return (
    <div className="border-t border-line p-4">
      {shown ? (
        <div className="flex flex-wrap gap-2">
          {pictures.map((picture, index) => (
            <img
              key={picture}
              src={picture}
              alt={`Picture ${index + 1} of the request`}
              className="max-h-80 rounded-md"
            />
          ))}
        </div>
      ) : (
        <Button onClick={() => setShown(true)}>
          Show {pictures.length === 1 ? 'the picture' : `${pictures.length} pictures`}
        </Button>
      )}
    </div>
  );
}
