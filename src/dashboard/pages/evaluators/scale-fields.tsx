/** What an evaluator returns, within which bounds, and which direction is the good one. */
import { Field } from '../../parts/field.tsx';
import { Input, Select, TextArea } from '../../parts/input.tsx';
import type { Draft } from '../../words/draft.ts';

export interface PartOfDraft {
  draft: Draft;
  change: (changes: Partial<Draft>) => void;
  problemAt: (member: string) => string | undefined;
}

export function ScaleFields({ draft, change, problemAt }: PartOfDraft) {
  const number = (member: 'min' | 'max' | 'step' | 'threshold' | 'deadlineMs') => (
    <Input inputMode="decimal" value={draft[member]} onChange={({ target }) => change({ [member]: target.value })} />
  );
  return (
    <fieldset className="grid grid-cols-2 gap-3 rounded-lg border border-line bg-panel p-4 xl:grid-cols-3 2xl:grid-cols-4">
      <legend className="px-1 text-xs font-medium text-soft">Scores</legend>
      <Field label="Returns" problem={problemAt('returns')}>
        <Select value={draft.returns} onChange={({ target }) => change({ returns: target.value as Draft['returns'] })}>
          <option value="boolean">true or false</option>
          <option value="number">a number</option>
          <option value="category">a category</option>
        </Select>
      </Field>
      <Field label="Better is" problem={problemAt('better')}>
        <Select value={draft.better} onChange={({ target }) => change({ better: target.value as Draft['better'] })}>
          <option value="higher">{draft.returns === 'boolean' ? 'true' : 'higher'}</option>
          <option value="lower">{draft.returns === 'boolean' ? 'false' : 'lower'}</option>
          <option value="">neither</option>
        </Select>
      </Field>
      {draft.returns === 'number' ? (
        <>
          <Field label="From" problem={problemAt('range.min') ?? problemAt('range')}>
            {number('min')}
          </Field>
          <Field label="To" problem={problemAt('range.max')}>
            {number('max')}
          </Field>
          <Field label="In steps of" problem={problemAt('range.step')}>
            {number('step')}
          </Field>
          <Field label="Passes from" problem={problemAt('threshold')}>
            {number('threshold')}
          </Field>
        </>
      ) : null}
      {draft.returns === 'category' ? (
        <Field
          className="col-span-2 flex flex-col gap-1 md:col-span-4"
          label="Categories"
          hint="One a line; with a value: good = 1"
          problem={problemAt('options')}
        >
          <TextArea rows={4} value={draft.options} onChange={({ target }) => change({ options: target.value })} />
        </Field>
      ) : null}
      <Field label="Deadline (ms)" problem={problemAt('deadlineMs')}>
        {number('deadlineMs')}
      </Field>
      <Field label="Compares with" problem={problemAt('needsTarget')}>
        <Select
          value={draft.needsTarget ? 'target' : 'nothing'}
          onChange={({ target }) => change({ needsTarget: target.value === 'target' })}
        >
          <option value="nothing">nothing</option>
          <option value="target">a datapoint’s target</option>
        </Select>
      </Field>
    </fieldset>
  );
}
