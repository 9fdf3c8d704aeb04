/** What stands where there was no call yet: three lines that send one. The page fills by itself when it comes. */
import { CopyButton } from '../../parts/copy-button.tsx';
import { Panel } from '../../parts/panel.tsx';

export function FirstCall() {
  const lines = [
    "import OpenAI from 'openai';",
    `const client = new OpenAI({ baseURL: '${location.origin}/v1' });`,
    "await client.chat.completions.create({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'Hello' }] });",
  ].join('\n');
  return (
    <div className="mx-auto flex max-w-220 flex-col gap-4 p-6">
      <Panel title="Send the first call" actions={<CopyButton label="Copy" text={() => lines} />}>
        <pre className="overflow-auto p-4 font-mono text-xs" tabIndex={0} aria-label="Code that sends a call">
          {lines}
        </pre>
        <p role="status" className="border-t border-line px-4 py-3 text-soft">
          No call has passed the gateway yet. This page fills by itself when one does.
        </p>
      </Panel>
    </div>
  );
}
