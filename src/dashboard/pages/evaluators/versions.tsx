/** The versions of an evaluator, and what has changed between two of them. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { WholeEvaluator } from '../../../model/shown-evaluator.ts';
import { versionQuery } from '../../api/evaluators.ts';
import { classNames } from '../../parts/class-names.ts';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { differenceOf, linesOf } from '../../words/line-difference.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

export function Versions({ evaluator: { name, versions } }: { evaluator: WholeEvaluator }) {
  const [shown, setShown] = useState(versions[0]?.version);
  if (shown === undefined)
    return (
      <Empty title="Its file is its version">
        What is in the file now runs; older versions are in your repository.
      </Empty>
    );
  const before = versions[versions.findIndex(({ version }) => version === shown) + 1]?.version;
  return (
    <div className="grid gap-4 p-4 md:grid-cols-[14rem_1fr]">
      <ul className="self-start rounded-lg border border-line bg-panel">
        {versions.map(({ version, createdAtMs }) => (
          <li key={version} className="border-b border-line last:border-b-0">
            <button
              type="button"
              aria-pressed={version === shown}
              className={classNames(
                'flex w-full justify-between px-3 py-2',
                version === shown ? 'bg-accent-wash' : 'hover:bg-hover',
              )}
              onClick={() => setShown(version)}
            >
              <span className="font-medium">{version}</span>
              <time title={wholeTimeText(createdAtMs)} className="text-soft">
                {timeText(createdAtMs)}
              </time>
            </button>
          </li>
        ))}
      </ul>
      <Difference name={name} of={shown} before={before} />
    </div>
  );
}

function Difference({ name, of, before }: { name: string; of: string; before: string | undefined }) {
  const now = useQuery(versionQuery(name, of));
  const then = useQuery({ ...versionQuery(name, before ?? of), enabled: before !== undefined });
  if (now.isPending || (before !== undefined && then.isPending)) return <Loading />;
  if (now.isError) return <Failure error={now.error} />;
  const lines = differenceOf(before === undefined ? [] : linesOf(then.data?.definition), linesOf(now.data.definition));
  return (
    <figure className="min-w-0 rounded-lg border border-line bg-panel">
      <figcaption className="border-b border-line px-4 py-2 text-soft">
        {before === undefined ? `Version ${of}, the first` : `Version ${of} against ${before}`}
      </figcaption>
      <pre className="overflow-auto py-2 font-mono text-xs leading-5">
        {lines.map(({ change, text }, index) => (
          // Lines have no other name than their place.
          <div
            key={index}
            className={classNames(
              'px-4 whitespace-pre-wrap',
              before !== undefined && change === 'added' && 'bg-good-wash',
              change === 'removed' && 'bg-bad-wash',
            )}
          >
            {change === 'added' && before !== undefined ? '+ ' : change === 'removed' ? '- ' : '  '}
            {text}
          </div>
        ))}
      </pre>
    </figure>
  );
}
