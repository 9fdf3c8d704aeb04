/** The steps of a cascade: which evaluator, and what its outcome must be for the next to run. */
import { useQuery } from '@tanstack/react-query';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { Button } from '../../parts/button.tsx';
import { Input, Select } from '../../parts/input.tsx';
import type { PartOfDraft } from './scale-fields.tsx';

type Condition = { equals?: unknown; lt?: number; lte?: number; gt?: number; gte?: number; outcome?: string[] };
interface Step {
  evaluator: string;
  version?: string;
  continueIf?: Condition;
}

const CONDITIONS = {
  always: 'always',
  true: 'is true',
  false: 'is false',
  lt: 'is less than',
  gt: 'is more than',
  equals: 'is the category',
} as const;
type ConditionName = keyof typeof CONDITIONS;

export function StepsFields({ draft, change, problemAt }: PartOfDraft) {
  const { data } = useQuery(evaluatorsQuery);
  const steps = draft.settings.steps as Step[];
  const set = (next: Step[]): void => change({ settings: { steps: next } });
  const replace = (index: number, step: Step): void => set(steps.map((one, at) => (at === index ? step : one)));
  const names = (data?.evaluators ?? []).map(({ name }) => name).filter((name) => name !== draft.name);
  return (
    <fieldset className="flex flex-col gap-2 rounded-lg border border-line bg-panel p-4">
      <legend className="px-1 text-xs font-medium text-soft">Steps</legend>
      {steps.map((step, index) => (
        // Steps have no other name than their place.
        <div key={index} className="flex flex-wrap items-center gap-2">
          <span className="w-5 text-soft">{index + 1}</span>
          <Select
            aria-label={`Evaluator of step ${index + 1}`}
            value={step.evaluator}
            onChange={({ target }) => replace(index, { ...step, evaluator: target.value })}
          >
            {names.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </Select>
          {index < steps.length - 1 ? (
            <ConditionFields step={step} index={index} onChange={(next) => replace(index, next)} />
          ) : (
            <span className="text-soft">has the last word</span>
          )}
          <Button look="quiet" onClick={() => set(steps.filter((_, at) => at !== index))}>
            Remove
          </Button>
        </div>
      ))}
      <div>
        <Button disabled={names.length === 0} onClick={() => set([...steps, { evaluator: names[0]! }])}>
          Add a step
        </Button>
      </div>
      {problemAt('settings.steps') === undefined ? null : (
        <p className="text-xs text-bad">{problemAt('settings.steps')}</p>
      )}
    </fieldset>
  );
}

function ConditionFields({ step, index, onChange }: { step: Step; index: number; onChange: (step: Step) => void }) {
  const { continueIf } = step;
  const name = nameOf(continueIf);
  const bound = continueIf?.lt ?? continueIf?.gt ?? (typeof continueIf?.equals === 'string' ? continueIf.equals : '');
  const set = (next: ConditionName, value: string): void => {
    const { continueIf: _, ...rest } = step;
    onChange(next === 'always' ? rest : { ...rest, continueIf: conditionOf(next, value) });
  };
  return (
    <>
      <span className="text-soft">then the next if it</span>
      <Select
        aria-label={`Condition after step ${index + 1}`}
        value={name}
        onChange={({ target }) => set(target.value as ConditionName, String(bound))}
      >
        {Object.entries(CONDITIONS).map(([id, label]) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </Select>
      {name === 'lt' || name === 'gt' || name === 'equals' ? (
        <Input
          aria-label={`Bound after step ${index + 1}`}
          className="w-24"
          value={String(bound)}
          onChange={({ target }) => set(name, target.value)}
        />
      ) : null}
    </>
  );
}

function nameOf(condition: Condition | undefined): ConditionName {
  if (condition === undefined) return 'always';
  if (condition.equals === true) return 'true';
  if (condition.equals === false) return 'false';
  if (condition.lt !== undefined) return 'lt';
  return condition.gt === undefined ? 'equals' : 'gt';
}

function conditionOf(name: Exclude<ConditionName, 'always'>, bound: string): Condition {
  if (name === 'true' || name === 'false') return { equals: name === 'true' };
  return name === 'equals' ? { equals: bound } : { [name]: Number(bound) };
}
