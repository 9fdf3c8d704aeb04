/** Where the outputs of a new run come from. */
import { Field } from '../../parts/field.tsx';
import { Input, Select, TextArea } from '../../parts/input.tsx';
import { asksModel, type RunDraft, SOURCES } from '../../words/run-draft.ts';

export interface OutputFieldsProps {
  draft: RunDraft;
  change: (changes: Partial<RunDraft>) => void;
  /** What the API says is wrong at a member of a run. */
  problemAt: (member: string) => string | undefined;
}

export function OutputFields({ draft, change, problemAt }: OutputFieldsProps) {
  const isReplayed = draft.from === 'replayed';
  return (
    <fieldset className="flex flex-col gap-3 rounded-lg border border-line bg-panel p-4">
      <legend className="px-1 text-xs font-medium text-soft">Outputs</legend>
      <Field label="Where they come from" problem={problemAt('outputs.from')} className="flex max-w-80 flex-col gap-1">
        <Select value={draft.from} onChange={({ target }) => change({ from: target.value as RunDraft['from'] })}>
          {Object.entries(SOURCES).map(([from, label]) => (
            <option key={from} value={from}>
              {label}
            </option>
          ))}
        </Select>
      </Field>
      {asksModel(draft) ? (
        <>
          <div className="grid gap-3 md:grid-cols-[2fr_1fr_1fr]">
            <Field
              label="Models"
              hint={
                isReplayed
                  ? 'Empty: the same as before. Several between commas: a run each'
                  : 'Several between commas: a run each'
              }
              problem={problemAt('outputs.config.model')}
            >
              <Input
                required={!isReplayed}
                placeholder="gpt-4o-mini, gpt-4o"
                value={draft.models}
                onChange={({ target }) => change({ models: target.value })}
              />
            </Field>
            <Field
              label="Upstream"
              hint={isReplayed ? 'Empty: the same as before' : 'Empty: openai'}
              problem={problemAt('outputs.config.upstream')}
            >
              <Input value={draft.upstream} onChange={({ target }) => change({ upstream: target.value })} />
            </Field>
            <Field
              label="Temperature"
              hint={isReplayed ? 'Empty: the same as before' : "Empty: the model's own"}
              problem={problemAt('outputs.config.temperature')}
            >
              <Input
                type="number"
                min={0}
                max={2}
                step="any"
                value={draft.temperature}
                onChange={({ target }) => change({ temperature: target.value })}
              />
            </Field>
          </div>
          <Field
            label={isReplayed ? 'System prompt' : 'Prompt'}
            hint={
              isReplayed
                ? 'In place of the one that was sent. Empty: the same as before'
                : 'Sent before the messages of a datapoint; {{ inputs.NAME }} stands for one of its inputs. Empty: its messages alone'
            }
            problem={problemAt('outputs.config.prompt') ?? problemAt('outputs.config.system')}
          >
            <TextArea
              rows={4}
              className="w-full font-mono text-xs"
              value={draft.prompt}
              onChange={({ target }) => change({ prompt: target.value })}
            />
          </Field>
        </>
      ) : null}
    </fieldset>
  );
}
