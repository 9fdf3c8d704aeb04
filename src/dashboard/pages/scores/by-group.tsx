/** A score in each group, as values with their intervals on one scale. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { scoreStatisticsQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { Panel } from '../../parts/panel.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { countText } from '../../words/number.ts';
import { intervalText, measuredOf, summaryText } from '../../words/summary.ts';
import { dimensionOf, GroupPicker } from './group-picker.tsx';

const MOST = 20;

export function ByGroup({ name, asked: { slice } }: { name: string; asked: AskedSlice }) {
  const [by, setBy] = useState('model');
  const found = useQuery(
    scoreStatisticsQuery({ ...slice, scores: [name], groupBy: dimensionOf(by), groupLimit: MOST }),
  );
  const rows = (found.data?.rows ?? []).filter(({ statistics }) => statistics !== null && statistics.count > 0);
  const all = rows.map(({ statistics }) => measuredOf(statistics!));
  const low = Math.min(...all.map(({ interval, value }) => interval?.low ?? value ?? 0));
  const high = Math.max(...all.map(({ interval, value }) => interval?.high ?? value ?? 0));
  const at = (value: number): string => `${((value - low) / (high - low || 1)) * 100}%`;
  return (
    <Panel title="In groups" actions={<GroupPicker value={by} onChange={setBy} />}>
      {found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : null}
      {found.isPending ? <Loading /> : null}
      <table className="w-full" aria-label={`${name} in groups`}>
        <tbody>
          {rows.map(({ group, other, statistics }, index) => {
            const { value, interval } = all[index]!;
            return (
              <tr key={`${group} ${other} ${statistics!.kind}`} className="border-b border-line last:border-b-0">
                <th scope="row" className="max-w-40 truncate px-4 py-1.5 text-left font-normal">
                  {other ? 'all others' : (group ?? 'without')}
                </th>
                <td className="w-1/3 px-2">
                  <span aria-hidden className="relative block h-3">
                    <span className="absolute top-1.5 h-px w-full bg-line" />
                    {interval === null ? null : (
                      <span
                        className="absolute top-1 h-1 rounded-sm bg-accent/40"
                        style={{ left: at(interval.low), width: `calc(${at(interval.high)} - ${at(interval.low)})` }}
                      />
                    )}
                    {value === null ? null : (
                      <span
                        className="absolute size-2 -translate-x-1/2 translate-y-0.5 rounded-full bg-accent"
                        style={{ left: at(value) }}
                      />
                    )}
                  </span>
                </td>
                <td className="px-2 text-right">{summaryText(statistics)}</td>
                <td className="px-2 text-right text-soft">{intervalText(statistics)}</td>
                <td className="px-4 text-right text-soft">{countText(statistics!.count)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Panel>
  );
}
