/** A run against a baseline, datapoint by datapoint: the verdict of each score, its difference as a plot, and what got worse first. */
import { Link } from '@tanstack/react-router';
import { useQuery } from '@tanstack/react-query';
import type { ComparedRun } from '../../../model/compared-run.ts';
import type { WholeRun } from '../../../model/shown-run.ts';
import { isOver, runComparisonQuery, runQuery } from '../../api/runs.ts';
import { Badge } from '../../parts/badge.tsx';
import { IntervalPlot } from '../../parts/interval-plot.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { comparedText } from '../../words/compared.ts';
import { differenceText, measuredText, spanText, VERDICTS } from '../../words/measured.ts';

export function RunComparison({ run, baseline }: { run: WholeRun; baseline: string }) {
  const other = useQuery(runQuery(baseline));
  const areOver = isOver(run) && other.data !== undefined && isOver(other.data);
  const compared = useQuery({ ...runComparisonQuery(run.id, baseline), enabled: areOver });
  if (other.isError) return <Failure error={other.error} />;
  if (other.data !== undefined && !areOver)
    return <Empty title="Both runs have to be over to be compared">The comparison appears here by itself.</Empty>;
  if (compared.isPending) return <Loading label="Comparing" />;
  if (compared.isError) return <Failure error={compared.error} retry={() => void compared.refetch()} />;
  const order = ['worse', 'better', 'different', 'no_difference_shown', 'not_enough_data'];
  const scores = compared.data.scores.toSorted((one, two) => order.indexOf(one.verdict) - order.indexOf(two.verdict));
  if (scores.length === 0)
    return <Empty title="The runs have no score in common">Choose the same evaluators for both.</Empty>;
  return (
    <section aria-label="Comparison" className="flex flex-col gap-3 p-4">
      {scores.map((score) => (
        <Compared key={score.score} score={score} before={other.data?.spec.name ?? 'baseline'} after={run.spec.name} />
      ))}
    </section>
  );
}

function Compared({ score, before, after }: { score: ComparedRun; before: string; after: string }) {
  const { kind } = score;
  const { text, tone } = VERDICTS[score.verdict];
  return (
    <article className="max-w-260 rounded-lg border border-line bg-panel p-4">
      <header className="flex items-center gap-2">
        <h2 className="font-medium">{score.score}</h2>
        <Badge tone={tone}>{text}</Badge>
        <span className="ml-auto text-soft">
          {measuredText(score.before, kind)} before, {measuredText(score.after, kind)} after
        </span>
      </header>
      <p className="mt-1">{comparedText(score, before, after)}</p>
      <IntervalPlot
        label={`Difference of ${score.score}`}
        value={score.difference}
        interval={score.interval}
        textOf={(value) => differenceText(value, kind)}
      />
      <p className="text-xs text-soft">
        Difference {differenceText(score.difference, kind)}, 95 % interval {spanText(score.interval, kind)}
        {score.adjustedP === null ? null : `, p ${score.adjustedP < 0.001 ? '< 0.001' : score.adjustedP.toFixed(3)}`}
      </p>
      {score.worse.length === 0 ? null : <Worse score={score} />}
    </article>
  );
}

function Worse({ score: { worse, kind, lost } }: { score: ComparedRun }) {
  return (
    <details className="mt-2">
      <summary className="text-soft">{lost} datapoints got worse</summary>
      <table aria-label="Datapoints that got worse" className="mt-2 w-full max-w-160">
        <thead>
          <tr className="text-left text-xs text-soft">
            <th className="font-medium">Datapoint</th>
            <th className="font-medium">Before</th>
            <th className="font-medium">After</th>
            <th className="font-medium">Logs</th>
          </tr>
        </thead>
        <tbody>
          {worse.map(({ datapointId, position, before, after, logBefore, logAfter }) => (
            <tr key={datapointId} className="border-t border-line">
              <td className="py-1">{position + 1}</td>
              <td>{measuredText(before, kind)}</td>
              <td>{measuredText(after, kind)}</td>
              <td className="space-x-3">
                {logBefore === null ? null : (
                  <Link to="/logs/$id" params={{ id: logBefore }} className="text-accent hover:underline">
                    before
                  </Link>
                )}
                {logAfter === null ? null : (
                  <Link to="/logs/$id" params={{ id: logAfter }} className="text-accent hover:underline">
                    after
                  </Link>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
