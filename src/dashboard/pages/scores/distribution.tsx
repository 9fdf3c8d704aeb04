/** How the values of a score are distributed; a bar leads to its logs. */
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { Binned } from '../../../model/statistics-answers.ts';
import { histogramQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { HistogramChart } from '../../parts/histogram-chart.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { valueText } from '../../words/number.ts';
import { conditionsOf, whereOf } from '../../words/where.ts';

export interface DistributionProps {
  name: string;
  asked: AskedSlice;
  where: string | undefined;
  range: string;
}

interface Bar {
  label: string;
  count: number;
  /** By which its logs are found. */
  conditions: string[];
}

export function Distribution({ name, asked: { slice }, where, range }: DistributionProps) {
  const found = useQuery(histogramQuery({ ...slice, measure: { score: name } }));
  const navigate = useNavigate();
  const histogram = found.data?.histograms[0];
  return (
    <Panel title="Distribution">
      {found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : null}
      {histogram === undefined ? (
        <Loading />
      ) : (
        <HistogramChart
          label={`Distribution of ${name}`}
          bars={barsOf(name, histogram).map(({ conditions, ...bar }) => ({
            ...bar,
            onOpen: () =>
              void navigate({
                to: '/logs',
                search: { range, where: whereOf([...conditionsOf(where), ...conditions]) },
              }),
          }))}
        />
      )}
    </Panel>
  );
}

function barsOf(name: string, histogram: Binned): Bar[] {
  switch (histogram.kind) {
    case 'boolean':
      return [
        { label: 'true', count: histogram.trueCount, conditions: [`${name} is true`] },
        { label: 'false', count: histogram.falseCount, conditions: [`${name} is false`] },
      ];
    case 'category':
      return histogram.categories.map(({ category, count }) => ({
        label: category,
        count,
        conditions: [`${name} is ${category}`],
      }));
    case 'number':
    default: {
      const { bins } = histogram;
      return bins.map(({ from, to, count }, index) => ({
        label: from === to ? valueText(from) : `${valueText(from)} to ${valueText(to)}`,
        count,
        conditions: [`${name} >= ${from}`, `${name} ${from === to || index === bins.length - 1 ? '<=' : '<'} ${to}`],
      }));
    }
  }
}
