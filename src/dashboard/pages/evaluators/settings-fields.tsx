/** What each kind is run with. */
import { lazy, Suspense } from 'react';
import { Field } from '../../parts/field.tsx';
import { Input, Select, TextArea } from '../../parts/input.tsx';
import { settingText } from '../../words/draft.ts';
import { Loading } from '../../parts/states.tsx';
import { JudgeFields } from './judge-fields.tsx';
import type { PartOfDraft } from './scale-fields.tsx';
import { StepsFields } from './steps-fields.tsx';

const CodeEditor = lazy(() => import('../../parts/code-editor.tsx'));

const JAVASCRIPT = `export default (log) => {
  // True if the answer is short.
  return log.output.length < 2000;
};
`;
const PYTHON = `def evaluate(log):
    # True if the answer is short.
    return len(log["output"]) < 2000
`;

export function SettingsFields(props: PartOfDraft) {
  const { draft, change, problemAt } = props;
  const set = (changes: Record<string, unknown>): void => change({ settings: { ...draft.settings, ...changes } });
  const text = (member: string): string => settingText(draft.settings, member);
  switch (draft.kind) {
    case 'code':
      return <CodeFields {...props} />;
    case 'judge':
      return <JudgeFields {...props} />;
    case 'composite':
      return <StepsFields {...props} />;
    case 'human':
      return (
        <Field label="Instructions" hint="What people read above the form" problem={problemAt('settings.instructions')}>
          <TextArea
            rows={5}
            value={text('instructions')}
            onChange={({ target }) => set({ instructions: target.value })}
          />
        </Field>
      );
    case 'webhook':
      return (
        <div className="grid gap-3 md:grid-cols-[2fr_1fr_1fr]">
          <Field label="URL" problem={problemAt('settings.url')}>
            <Input
              type="url"
              required
              placeholder="https://example.com/score"
              value={text('url')}
              onChange={({ target }) => set({ url: target.value })}
            />
          </Field>
          <Field label="Secret" hint="Signs what is sent" problem={problemAt('settings.secret')}>
            <Input
              type="password"
              autoComplete="off"
              value={text('secret')}
              onChange={({ target }) => set({ secret: target.value || undefined })}
            />
          </Field>
          <Field label="Scores come" problem={problemAt('settings.answer')}>
            <Select value={text('answer')} onChange={({ target }) => set({ answer: target.value })}>
              <option value="now">in the answer</option>
              <option value="later">later, posted back</option>
            </Select>
          </Field>
        </div>
      );
    case 'external':
    default:
      return (
        <p className="text-soft">
          Your worker asks for logs by <code className="font-mono text-xs">POST /api/v1/evaluators/NAME/lease</code> and
          posts what it found. The page at /api/docs shows how.
        </p>
      );
  }
}

function CodeFields({ draft, change, problemAt }: PartOfDraft) {
  const { language, source } = draft.settings as { language: 'python' | 'javascript'; source: string };
  const problem = problemAt('settings.source');
  const line = /line (\d+)/i.exec(problem ?? '')?.[1];
  return (
    <div className="flex flex-col gap-2">
      <Field label="Language" className="flex w-40 flex-col gap-1">
        <Select
          value={language}
          onChange={({ target }) => {
            const isPython = target.value === 'python';
            // What was not written by hand changes with the language.
            const isOwn =
              source !== PYTHON && source !== JAVASCRIPT && !source.startsWith('def evaluate(log):\n    """True');
            change({ settings: { language: target.value, source: isOwn ? source : isPython ? PYTHON : JAVASCRIPT } });
          }}
        >
          <option value="python">Python</option>
          <option value="javascript">JavaScript</option>
        </Select>
      </Field>
      <div className="h-80">
        <Suspense fallback={<Loading label="Fetching the editor" />}>
          <CodeEditor
            label="Source"
            language={language}
            value={source}
            onChange={(value) => change({ settings: { language, source: value } })}
            fault={
              problem === undefined ? undefined : { line: line === undefined ? null : Number(line), message: problem }
            }
          />
        </Suspense>
      </div>
      {problem === undefined ? null : <p className="text-xs text-bad">{problem}</p>}
    </div>
  );
}
