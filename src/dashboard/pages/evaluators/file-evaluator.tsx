/** An evaluator that is a file, or a part of gradeway.yaml: what is known of it, and trying it. */
import { useMutation } from '@tanstack/react-query';
import type { WholeEvaluator } from '../../../model/shown-evaluator.ts';
import { tryEvaluator } from '../../api/evaluators.ts';
import { durationText, UNKNOWN } from '../../words/number.ts';
import { scaleText } from './columns.tsx';
import { Trial } from './trial.tsx';

export function FileEvaluator({ evaluator }: { evaluator: WholeEvaluator }) {
  const { name, description, better, threshold, deadlineMs, managedBy } = evaluator;
  const trial = useMutation({ mutationFn: () => tryEvaluator(name, { newest: 5 }) });
  const facts: [string, string][] = [
    ['Description', description ?? UNKNOWN],
    ['Returns', scaleText(evaluator)],
    ['Better', better ?? UNKNOWN],
    ['Passes from', threshold === null ? UNKNOWN : String(threshold)],
    ['Deadline', durationText(deadlineMs)],
  ];
  return (
    <div className="grid gap-4 p-4 xl:grid-cols-2">
      <section className="rounded-lg border border-line bg-panel p-4">
        <p className="mb-3 text-soft">
          It is defined by {managedBy === 'file' ? 'a file of the folder of evaluators' : 'gradeway.yaml'}, and changed
          there.
        </p>
        <dl className="grid grid-cols-[max-content_1fr] gap-x-6 gap-y-2">
          {facts.map(([term, value]) => (
            <div key={term} className="contents">
              <dt className="text-soft">{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </section>
      <Trial trial={trial} run={() => trial.mutate()} />
    </div>
  );
}
