/** Which live logs an evaluator looks at: its rules, and adding one, with how many logs of the last day it would have taken. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { WholeEvaluator } from '../../../model/shown-evaluator.ts';
import type { ShownRule } from '../../../model/shown-rule.ts';
import { addRule, changeRule, removeRule, rulesQuery } from '../../api/evaluators.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { percentText } from '../../words/number.ts';
import { RuleDialog } from './rule-dialog.tsx';

export function LiveRules({ evaluator }: { evaluator: WholeEvaluator }) {
  const rules = useQuery(rulesQuery);
  const client = useQueryClient();
  const [adding, setAdding] = useState(false);
  const changed = (): Promise<void> => client.invalidateQueries({ queryKey: ['rules'] });
  const add = useMutation({ mutationFn: addRule, onSuccess: changed });
  if (rules.isPending) return <Loading />;
  if (rules.isError) return <Failure error={rules.error} retry={() => void rules.refetch()} />;
  if (evaluator.needsTarget)
    return <Empty title="It needs a target">Live logs have none: it runs over datasets only.</Empty>;
  const own = rules.data.rules.filter((rule) => rule.evaluator === evaluator.name);
  const taken = new Set(rules.data.rules.map(({ name }) => name));
  return (
    <div className="flex max-w-220 flex-col gap-3 p-4">
      {own.length === 0 ? (
        <Empty title="It looks at no live log">
          <p className="mb-3">Attach it, and every call that ends from now on is looked at.</p>
          <Button
            look="strong"
            disabled={add.isPending}
            onClick={() =>
              add.mutate({ name: freeName(evaluator.name, taken), evaluator: evaluator.name, sampleRate: 1 })
            }
          >
            Attach to all live logs
          </Button>
        </Empty>
      ) : (
        <ul className="rounded-lg border border-line bg-panel">
          {own.map((rule) => (
            <RuleRow key={rule.name} rule={rule} onChanged={changed} />
          ))}
        </ul>
      )}
      {add.isError ? <Failure error={add.error} /> : null}
      <div>
        <Button onClick={() => setAdding(true)}>Add a rule</Button>
      </div>
      {adding ? (
        <RuleDialog
          evaluator={evaluator}
          name={freeName(evaluator.name, taken)}
          onClose={() => setAdding(false)}
          onAdd={(rule) => add.mutateAsync(rule)}
        />
      ) : null}
    </div>
  );
}

function RuleRow({ rule, onChanged }: { rule: ShownRule; onChanged: () => Promise<void> }) {
  const { name, sampleRate, filter, enabled, managedBy } = rule;
  const isOurs = managedBy === 'api';
  const change = useMutation({
    mutationFn: () => changeRule(specOf({ ...rule, enabled: !enabled })),
    onSuccess: onChanged,
  });
  const remove = useMutation({ mutationFn: () => removeRule(name), onSuccess: onChanged });
  const failure = change.error ?? remove.error;
  return (
    <li className="flex flex-wrap items-center gap-3 border-b border-line px-4 py-2 last:border-b-0">
      <span className="font-medium">{name}</span>
      <Badge tone={enabled ? 'good' : 'plain'}>{enabled ? 'on' : 'off'}</Badge>
      <span>{sampleRate === 1 ? 'all' : percentText(sampleRate)} of</span>
      <code className="min-w-0 flex-1 truncate font-mono text-xs text-soft" title={JSON.stringify(filter)}>
        {filter === undefined ? 'every log' : JSON.stringify(filter)}
      </code>
      {isOurs ? (
        <>
          <Button onClick={() => change.mutate()}>{enabled ? 'Turn off' : 'Turn on'}</Button>
          <Button look="danger" onClick={() => remove.mutate()}>
            Remove
          </Button>
        </>
      ) : (
        <span className="text-soft">{managedBy === 'file' ? 'stands in its file' : 'stands in gradeway.yaml'}</span>
      )}
      {failure === null ? null : <Failure error={failure} />}
    </li>
  );
}

/** What PUT takes of what GET shows. */
function specOf({ managedBy: _m, createdAtMs: _c, changedAtMs: _d, ...spec }: ShownRule) {
  return spec;
}

function freeName(evaluator: string, taken: ReadonlySet<string>): string {
  if (!taken.has(evaluator)) return evaluator;
  let count = 2;
  while (taken.has(`${evaluator}-${count}`)) count += 1;
  return `${evaluator}-${count}`;
}
