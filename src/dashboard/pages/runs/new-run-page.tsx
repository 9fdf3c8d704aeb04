/** Starting a run, or one for each of several models. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useState } from 'react';
import type { ShownEvaluator } from '../../../model/shown-evaluator.ts';
import { ApiError } from '../../api/client.ts';
import { datasetsQuery } from '../../api/datasets.ts';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { startRun } from '../../api/runs.ts';
import { Button } from '../../parts/button.tsx';
import { Field } from '../../parts/field.tsx';
import { Input, Select } from '../../parts/input.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { NEW_RUN, type RunDraft, runsOf } from '../../words/run-draft.ts';
import { OutputFields } from './output-fields.tsx';

export default function NewRunPage() {
  const { dataset } = useSearch({ from: '/runs/new' });
  const datasets = useQuery(datasetsQuery);
  const evaluators = useQuery(evaluatorsQuery);
  if (datasets.isPending || evaluators.isPending) return <Loading />;
  if (datasets.isError) return <Failure error={datasets.error} retry={() => void datasets.refetch()} />;
  if (evaluators.isError) return <Failure error={evaluators.error} retry={() => void evaluators.refetch()} />;
  const names = datasets.data.datasets.filter(({ version }) => version > 0).map(({ name }) => name);
  return (
    <PageFrame title="New run">
      {names.length === 0 ? (
        <Empty title="There is no dataset to run over yet">Make one of a file or of logs first.</Empty>
      ) : (
        <RunForm
          begin={{ ...NEW_RUN, dataset: dataset ?? names[0]! }}
          datasets={names}
          evaluators={evaluators.data.evaluators}
        />
      )}
    </PageFrame>
  );
}

interface RunFormProps {
  begin: RunDraft;
  datasets: string[];
  evaluators: ShownEvaluator[];
}

function RunForm({ begin, datasets, evaluators }: RunFormProps) {
  const [draft, setDraft] = useState(begin);
  const navigate = useNavigate();
  const client = useQueryClient();
  const change = (changes: Partial<RunDraft>): void => setDraft((before) => ({ ...before, ...changes }));
  const start = useMutation({
    mutationFn: async () => {
      const started = [];
      for (const spec of runsOf(draft)) started.push(await startRun(spec));
      return started;
    },
    onSuccess: async (started) => {
      await client.invalidateQueries({ queryKey: ['runs'] });
      const [first, second] = started;
      // Of two, one wants to see how they compare.
      const search = second === undefined ? {} : { baseline: first!.id };
      await navigate({ to: '/runs/$id', params: { id: (second ?? first!).id }, search });
    },
  });
  const problemAt = (member: string): string | undefined =>
    start.error instanceof ApiError ? start.error.details[`body.${member}`] : undefined;
  return (
    <form
      className="flex max-w-220 flex-col gap-4 p-4"
      onSubmit={(event) => {
        event.preventDefault();
        start.mutate();
      }}
    >
      <div className="grid gap-3 md:grid-cols-[2fr_1fr]">
        <Field label="Name" problem={problemAt('name')}>
          <Input
            required
            placeholder="shorter prompt"
            value={draft.name}
            onChange={({ target }) => change({ name: target.value })}
          />
        </Field>
        <Field label="Dataset" hint="At its newest version" problem={problemAt('dataset.name')}>
          <Select value={draft.dataset} onChange={({ target }) => change({ dataset: target.value })}>
            {datasets.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
        </Field>
      </div>
      <OutputFields draft={draft} change={change} problemAt={problemAt} />
      <fieldset className="rounded-lg border border-line bg-panel p-4">
        <legend className="px-1 text-xs font-medium text-soft">Evaluators</legend>
        <div className="grid gap-x-4 gap-y-1 sm:grid-cols-2 lg:grid-cols-3">
          {evaluators.map(({ name, kind, state }) => (
            <label key={name} className="flex items-center gap-2">
              <input
                type="checkbox"
                disabled={state === 'broken'}
                checked={draft.evaluators.includes(name)}
                onChange={({ target }) =>
                  change({
                    evaluators: target.checked
                      ? [...draft.evaluators, name]
                      : draft.evaluators.filter((one) => one !== name),
                  })
                }
              />
              <span className="truncate">{name}</span>
              <span className="text-xs text-soft">{kind}</span>
            </label>
          ))}
        </div>
      </fieldset>
      <div className="grid gap-3 sm:grid-cols-3">
        <Field label="Repetitions" hint="How often each is asked" problem={problemAt('repetitions')}>
          <Input
            type="number"
            min={1}
            max={100}
            required
            value={draft.repetitions}
            onChange={({ target }) => change({ repetitions: target.value })}
          />
        </Field>
        <Field label="Only so many datapoints" hint="Empty: all" problem={problemAt('dataset.sample')}>
          <Input
            type="number"
            min={1}
            value={draft.sample}
            onChange={({ target }) => change({ sample: target.value })}
          />
        </Field>
        <Field label="Spend at most (USD)" hint="Empty: no limit" problem={problemAt('spendCapUsd')}>
          <Input
            type="number"
            min={0}
            step="any"
            value={draft.spendCapUsd}
            onChange={({ target }) => change({ spendCapUsd: target.value })}
          />
        </Field>
      </div>
      {start.isError ? <Failure error={start.error} /> : null}
      <div>
        <Button type="submit" look="strong" disabled={start.isPending}>
          {runsOf(draft).length > 1 ? `Start ${runsOf(draft).length} runs` : 'Start the run'}
        </Button>
      </div>
    </form>
  );
}
