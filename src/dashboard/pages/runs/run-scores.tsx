/** What a run came to, score by score. What gave no score is counted apart. */
import { useQuery } from '@tanstack/react-query';
import type { RunSummary } from '../../../model/compared-run.ts';
import type { WholeRun } from '../../../model/shown-run.ts';
import { runSummaryQuery } from '../../api/runs.ts';
import { Failure, Loading } from '../../parts/states.tsx';
import { countText, UNKNOWN, valueText } from '../../words/number.ts';
import { stepOf } from '../../words/run.ts';
import { measuredText, spanText } from '../../words/measured.ts';

export function RunScores({ run }: { run: WholeRun }) {
  const summary = useQuery(runSummaryQuery(run.id, stepOf(run)));
  if (summary.isPending) return <Loading />;
  if (summary.isError) return <Failure error={summary.error} retry={() => void summary.refetch()} />;
  const { scores, evaluators } = summary.data;
  const silent = Object.entries(evaluators).filter(([name]) => !scores.some(({ evaluator }) => evaluator === name));
  return (
    <div className="overflow-x-auto p-4">
      <table aria-label="Scores of the run" className="w-full max-w-220 border-collapse rounded-lg bg-panel">
        <thead>
          <tr className="text-left text-xs text-soft">
            {['Score', 'Mean', '95 % interval', 'Smallest', 'Largest', 'Scored', 'Abstained', 'Skipped', 'Failed'].map(
              (head, index) => (
                <th key={head} className={index === 0 ? 'px-2 py-1 font-medium' : 'px-2 py-1 text-right font-medium'}>
                  {head}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {scores.map((score) => (
            <Line key={score.score} score={score} counts={evaluators[score.evaluator]} />
          ))}
          {silent.map(([name, counts]) => (
            <Line key={name} score={undefined} name={name} counts={counts} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

type Score = RunSummary['scores'][number];

function Line({
  score,
  name,
  counts,
}: {
  score: Score | undefined;
  name?: string;
  counts: RunSummary['evaluators'][string] | undefined;
}) {
  const numbers = [
    score === undefined
      ? UNKNOWN
      : score.kind === 'category'
        ? categoriesText(score)
        : measuredText(score.mean, score.kind),
    score === undefined ? UNKNOWN : spanText(score.interval, score.kind),
    score?.kind === 'number' ? valueText(score.min) : UNKNOWN,
    score?.kind === 'number' ? valueText(score.max) : UNKNOWN,
    countText(counts?.scored),
    countText(counts?.abstained),
    countText(counts?.skipped),
    countText(counts?.failed),
  ];
  return (
    <tr className="border-t border-line">
      <th scope="row" className="px-2 py-1 text-left font-normal">
        {score?.score ?? name}
      </th>
      {numbers.map((text, index) => (
        // Columns stay in their order.
        <td
          key={index}
          className={
            index === 7 && (counts?.failed ?? 0) > 0 ? 'px-2 py-1 text-right text-bad' : 'px-2 py-1 text-right'
          }
        >
          {text}
        </td>
      ))}
    </tr>
  );
}

function categoriesText({ categories }: Score): string {
  const most = Object.entries(categories ?? {}).toSorted(([, one], [, other]) => other - one);
  return most
    .slice(0, 3)
    .map(([category, count]) => `${category} ${countText(count)}`)
    .join(', ');
}
