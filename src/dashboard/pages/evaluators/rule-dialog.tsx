/** Adding a rule: which logs, what share of them; with how many logs a day that is, and what they have cost until now. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Filter } from '../../../model/filter.ts';
import type { WholeEvaluator } from '../../../model/shown-evaluator.ts';
import { matchingQuery, type NewRule } from '../../api/evaluators.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Input, TextArea } from '../../parts/input.tsx';
import { Failure } from '../../parts/states.tsx';
import { countText } from '../../words/number.ts';
import { readRange } from '../../words/time-range.ts';

export interface RuleDialogProps {
  evaluator: WholeEvaluator;
  /** One that is free. */
  name: string;
  onClose: () => void;
  onAdd: (rule: NewRule) => Promise<unknown>;
}

export function RuleDialog({ evaluator, name: freeName, onClose, onAdd }: RuleDialogProps) {
  const [name, setName] = useState(freeName);
  const [filterText, setFilterText] = useState('');
  const [percent, setPercent] = useState('100');
  const filter = readFilter(filterText);
  const share = Number(percent) / 100;
  const isShare = percent.trim() !== '' && share >= 0 && share <= 1;
  const add = useMutation({
    mutationFn: () =>
      onAdd({ name, evaluator: evaluator.name, sampleRate: share, ...(filter === null ? {} : { filter }) }),
    onSuccess: onClose,
  });
  return (
    <Dialog
      title={`Which logs does ${evaluator.name} look at?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            look="strong"
            disabled={!isShare || filter === undefined || add.isPending}
            onClick={() => add.mutate()}
          >
            Add the rule
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3">
        <Field label="Name of the rule">
          <Input value={name} onChange={({ target }) => setName(target.value)} />
        </Field>
        <Field
          label="Filter"
          hint='Empty: every log. Otherwise as the API has it: {"property": "environment", "equals": "production"}'
          problem={filter === undefined ? 'It is not JSON yet' : undefined}
        >
          <TextArea
            rows={3}
            className="font-mono text-xs"
            value={filterText}
            onChange={({ target }) => setFilterText(target.value)}
          />
        </Field>
        <Field
          label="Share of them, in per cent"
          hint="By a hash of the log: the same logs for every rule of this share"
          problem={isShare ? undefined : 'From 0 to 100'}
        >
          <Input
            inputMode="decimal"
            className="w-24"
            value={percent}
            onChange={({ target }) => setPercent(target.value)}
          />
        </Field>
        {filter === undefined || !isShare ? null : <Preview filter={filter} share={share} />}
        {add.isError ? <Failure error={add.error} /> : null}
      </div>
    </Dialog>
  );
}

function Preview({ filter, share }: { filter: Filter | null; share: number }) {
  const found = useQuery(matchingQuery({ filter, ...readRange('24h')! }));
  if (found.isError) return <Failure error={found.error} />;
  const logs = found.data?.rows[0]?.logs;
  return (
    <p role="status" className="min-h-5 text-soft">
      {logs === undefined
        ? null
        : `Of the last 24 hours it would have taken about ${countText(Math.round(logs * share))} of ${countText(logs)} matching logs.`}
    </p>
  );
}

/** Null: none; undefined: it is not JSON. */
function readFilter(text: string): Filter | null | undefined {
  if (text.trim() === '') return null;
  try {
    return JSON.parse(text) as Filter;
  } catch {
    return undefined;
  }
}
