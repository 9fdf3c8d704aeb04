/** Writing a definition: its settings at the left, how it is tried at the right. What the API refuses stands at its field. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ShownEvaluator } from '../../../model/shown-evaluator.ts';
import { ApiError } from '../../api/client.ts';
import { putEvaluator, tryDraft } from '../../api/evaluators.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Input } from '../../parts/input.tsx';
import { Failure } from '../../parts/states.tsx';
import { type Draft, givenOf } from '../../words/draft.ts';
import { ScaleFields } from './scale-fields.tsx';
import { SettingsFields } from './settings-fields.tsx';
import { Trial } from './trial.tsx';

export interface DefinitionEditorProps {
  begin: Draft;
  /** Its name cannot be changed. */
  isNamed?: boolean;
  onPut: (put: ShownEvaluator) => void;
}

export function DefinitionEditor({ begin, isNamed = false, onPut }: DefinitionEditorProps) {
  const [draft, setDraft] = useState(begin);
  const client = useQueryClient();
  const change = (changes: Partial<Draft>): void => setDraft((before) => ({ ...before, ...changes }));
  const put = useMutation({
    mutationFn: () => {
      const { name, ...given } = givenOf(draft);
      return putEvaluator(name, given);
    },
    onSuccess: async (done) => {
      await client.invalidateQueries({ queryKey: ['evaluators'] });
      onPut(done);
    },
  });
  const trial = useMutation({
    mutationFn: () => tryDraft({ ...givenOf(draft), name: draft.name || 'draft' }, { newest: 5 }),
  });
  const refused = put.error ?? trial.error;
  const problemAt = (member: string): string | undefined =>
    refused instanceof ApiError
      ? (refused.details[`body.${member}`] ?? refused.details[`body.definition.${member}`])
      : undefined;
  return (
    <form
      className="grid items-start gap-4 p-4 lg:grid-cols-[3fr_2fr]"
      onSubmit={(event) => {
        event.preventDefault();
        put.mutate();
      }}
    >
      <div className="flex min-w-0 flex-col gap-4">
        <div className="grid gap-3 md:grid-cols-[1fr_2fr]">
          <Field label="Name" problem={problemAt('name')}>
            <Input
              required
              disabled={isNamed}
              value={draft.name}
              placeholder="polite"
              pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
              title="Letters, digits, dots, hyphens and underscores"
              onChange={({ target }) => change({ name: target.value })}
            />
          </Field>
          <Field label="Description" problem={problemAt('description')}>
            <Input value={draft.description} onChange={({ target }) => change({ description: target.value })} />
          </Field>
        </div>
        <SettingsFields draft={draft} change={change} problemAt={problemAt} />
        <ScaleFields draft={draft} change={change} problemAt={problemAt} />
        {put.isError ? <Failure error={put.error} /> : null}
        {put.isSuccess && !put.data.isNew ? (
          <p role="status" className="text-soft">
            Nothing has changed: version {put.data.version} stays.
          </p>
        ) : null}
        <div className="flex gap-2">
          <Button type="submit" look="strong" disabled={put.isPending}>
            {isNamed ? 'Save as the next version' : 'Create evaluator'}
          </Button>
        </div>
      </div>
      <Trial trial={trial} run={() => trial.mutate()} />
    </form>
  );
}
