/** What changed against as long a time before: only what is more than noise, the largest first. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { LOG_MEASURES } from '../../../model/measure.ts';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { useKnownNames } from '../../api/names.ts';
import { slicesQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { Badge } from '../../parts/badge.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { VERDICTS } from '../../words/measured.ts';
import { rangeBefore } from '../../words/time-range.ts';

const MEASURED = LOG_MEASURES.filter((log) => ['error', 'durationMs', 'firstTokenMs', 'costUsd'].includes(log));
const MOST_SCORES = 100;

export function Changes({ asked: { slice, range } }: { asked: AskedSlice }) {
  const evaluators = useQuery(evaluatorsQuery).data?.evaluators;
  const scores = useKnownNames()?.scores.slice(0, MOST_SCORES) ?? [];
  const better = new Map(evaluators?.map((one) => [one.name, one.better]));
  const found = useQuery({
    ...slicesQuery({
      before: { ...slice, ...rangeBefore(range), name: 'the time before' },
      after: { ...slice, name: 'this time' },
      measures: [
        ...scores.map((score) => {
          const direction = better.get(score);
          return { score, higherIsBetter: direction == null ? null : direction === 'higher' };
        }),
        ...MEASURED.map((log) => ({ log })),
      ],
    }),
    enabled: evaluators !== undefined,
  });
  const changed = (found.data?.comparisons ?? [])
    .filter(({ verdict }) => verdict === 'better' || verdict === 'worse' || verdict === 'different')
    .toSorted((one, other) => (one.adjustedP ?? 1) - (other.adjustedP ?? 1));
  return (
    <Panel title="What changed">
      {found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isPending ? <Loading label="Comparing" /> : null}
      {found.isSuccess && changed.length === 0 ? (
        <p className="px-4 py-3 text-soft">Nothing that is more than noise, against as long a time before.</p>
      ) : null}
      <ul>
        {changed.map(({ measure, verdict, sentence }) => {
          const { text, tone } = VERDICTS[verdict];
          return (
            <li
              key={JSON.stringify(measure)}
              className="flex items-start gap-2 border-b border-line px-4 py-2 last:border-b-0"
            >
              <Badge tone={tone}>{text}</Badge>
              <span className="min-w-0">{sentence}</span>
              {'score' in measure ? (
                <Link
                  to="/scores/$name"
                  params={{ name: measure.score }}
                  aria-label={`Look at ${measure.score}`}
                  className="ml-auto text-accent hover:underline"
                >
                  look
                </Link>
              ) : null}
            </li>
          );
        })}
      </ul>
    </Panel>
  );
}
