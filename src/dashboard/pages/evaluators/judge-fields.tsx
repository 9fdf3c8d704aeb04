/** A judge's model and prompt, with the variables that the prompt may have. */
import { useRef } from 'react';
import { Field } from '../../parts/field.tsx';
import { Input, TextArea } from '../../parts/input.tsx';
import { settingText } from '../../words/draft.ts';
import type { PartOfDraft } from './scale-fields.tsx';

const OF_LOG = [
  'log.question_text',
  'log.output_text',
  'log.input_text',
  'log.system_text',
  'log.messages',
  'log.tool_calls',
  'log.model',
  'log.properties.NAME',
];
const OF_DATAPOINT = ['datapoint.target', 'datapoint.inputs.NAME'];

export function JudgeFields({ draft, change, problemAt }: PartOfDraft) {
  const area = useRef<HTMLTextAreaElement>(null);
  const { settings } = draft;
  const set = (changes: Record<string, unknown>): void => change({ settings: { ...settings, ...changes } });
  const template = settings.template;
  const isText = typeof template === 'string';
  const insert = (variable: string): void => {
    const { selectionStart: from, selectionEnd: to, value } = area.current!;
    set({ template: `${value.slice(0, from)}{{ ${variable} }}${value.slice(to)}` });
    area.current!.focus();
  };
  const onTemplate = (text: string): void => {
    if (isText) return set({ template: text });
    try {
      set({ template: JSON.parse(text) as unknown });
    } catch {
      // Half-written: the API says what is wrong with it.
      set({ template: text });
    }
  };
  return (
    <div className="flex flex-col gap-3">
      <div className="grid gap-3 md:grid-cols-3">
        <Field label="Upstream" hint="As in gradeway.yaml" problem={problemAt('settings.upstream')}>
          <Input
            required
            value={settingText(settings, 'upstream')}
            onChange={({ target }) => set({ upstream: target.value })}
          />
        </Field>
        <Field label="Model" problem={problemAt('settings.model')}>
          <Input
            required
            value={settingText(settings, 'model')}
            onChange={({ target }) => set({ model: target.value })}
          />
        </Field>
        <Field label="Temperature" hint="Empty: the model's own" problem={problemAt('settings.temperature')}>
          <Input
            inputMode="decimal"
            value={settingText(settings, 'temperature')}
            onChange={({ target }) => {
              const value = Number(target.value);
              set({ temperature: target.value === '' ? undefined : Number.isNaN(value) ? target.value : value });
            }}
          />
        </Field>
      </div>
      <Field
        label="Prompt"
        hint="What is asked for in the answer (a reason, then the value) is added. Texts of the log are fenced, so that they cannot steer the judge."
        problem={problemAt('settings.template')}
      >
        <PromptArea area={area} text={isText ? template : JSON.stringify(template, null, 2)} onText={onTemplate} />
      </Field>
      {isText ? (
        <div className="flex flex-wrap items-center gap-1" role="group" aria-label="Variables">
          <span className="text-xs text-soft">Insert</span>
          {[...OF_LOG, ...(draft.needsTarget ? OF_DATAPOINT : [])].map((variable) => (
            <button
              key={variable}
              type="button"
              className="rounded-sm bg-hover px-1.5 font-mono text-xs text-soft hover:text-ink"
              onClick={() => insert(variable)}
            >
              {variable}
            </button>
          ))}
        </div>
      ) : null}
    </div>
  );
}

interface PromptAreaProps {
  area: React.RefObject<HTMLTextAreaElement | null>;
  text: string;
  onText: (text: string) => void;
  id?: string;
}

function PromptArea({ area, text, onText, ...rest }: PromptAreaProps) {
  return (
    <TextArea
      {...rest}
      ref={area}
      required
      rows={12}
      spellCheck
      className="font-mono text-xs"
      value={text}
      onChange={({ target }) => onText(target.value)}
    />
  );
}
