/** Two values of a property or of a field compared: which is better, or that no difference is shown, in words. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Filter } from '../../../model/filter.ts';
import { evaluatorsQuery } from '../../api/evaluators.ts';
import { logStatisticsQuery, slicesQuery } from '../../api/statistics.ts';
import type { AskedSlice } from '../../api/use-slice.ts';
import { Badge } from '../../parts/badge.tsx';
import { Select } from '../../parts/input.tsx';
import { IntervalPlot } from '../../parts/interval-plot.tsx';
import { Panel } from '../../parts/panel.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { differenceText, VERDICTS } from '../../words/measured.ts';
import { dimensionOf, GroupPicker } from './group-picker.tsx';

export function SliceComparison({ name, asked: { slice } }: { name: string; asked: AskedSlice }) {
  const [by, setBy] = useState('model');
  const [chosen, setChosen] = useState<{ before?: string; after?: string }>({});
  const dimension = dimensionOf(by);
  const groups = useQuery(logStatisticsQuery({ ...slice, groupBy: dimension, groupLimit: 50 }));
  const values = (groups.data?.rows ?? [])
    .flatMap(({ group, other }) => (group === null || other ? [] : [group]))
    .toSorted();
  const before = chosen.before ?? values[0];
  const after = chosen.after ?? values[1];
  return (
    <Panel
      title="Compare"
      actions={
        <GroupPicker
          ofLogs
          value={by}
          onChange={(value) => {
            setBy(value);
            setChosen({});
          }}
        />
      }
    >
      {groups.isError ? <Failure error={groups.error} retry={() => void groups.refetch()} /> : null}
      {before === undefined || after === undefined ? (
        <p className="px-4 py-3 text-soft">There is only one value to compare. Choose what tells logs apart.</p>
      ) : (
        <>
          <div className="flex flex-wrap items-center gap-2 px-4 pt-3">
            <Choice
              label="Before"
              values={values}
              value={before}
              onChange={(value) => setChosen({ before: value, after })}
            />
            <span className="text-soft">with</span>
            <Choice
              label="After"
              values={values}
              value={after}
              onChange={(value) => setChosen({ before, after: value })}
            />
          </div>
          <Verdict
            name={name}
            before={{ ...slice, name: before, filter: narrowed(slice.filter, { ...dimension, equals: before }) }}
            after={{ ...slice, name: after, filter: narrowed(slice.filter, { ...dimension, equals: after }) }}
          />
        </>
      )}
    </Panel>
  );
}

function narrowed(filter: Filter | null, leaf: object): Filter {
  return filter === null ? (leaf as Filter) : { and: [filter, leaf as Filter] };
}

interface ChoiceProps {
  label: string;
  values: string[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ label, values, value, onChange }: ChoiceProps) {
  return (
    <Select aria-label={label} value={value} onChange={({ target }) => onChange(target.value)}>
      {values.map((one) => (
        <option key={one}>{one}</option>
      ))}
    </Select>
  );
}

type Side = Parameters<typeof slicesQuery>[0]['before'];

function Verdict({ name, before, after }: { name: string; before: Side; after: Side }) {
  const better = useQuery(evaluatorsQuery).data?.evaluators.find((one) => one.name === name)?.better;
  const higherIsBetter = better === undefined ? undefined : better === null ? null : better === 'higher';
  const measure = { score: name, ...(higherIsBetter === undefined ? {} : { higherIsBetter }) };
  const found = useQuery(slicesQuery({ before, after, measures: [measure] }));
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const compared = found.data?.comparisons[0];
  if (compared === undefined) return <Loading label="Comparing" />;
  const { text, tone } = VERDICTS[compared.verdict];
  return (
    <div className="px-4 py-3">
      <Badge tone={tone}>{text}</Badge>
      <p className="mt-1">{compared.sentence}</p>
      {compared.kind === null || compared.kind === 'category' ? null : (
        <IntervalPlot
          label={`Difference of ${name}`}
          value={compared.difference}
          interval={compared.interval}
          textOf={(value) => differenceText(value, compared.kind!)}
        />
      )}
    </div>
  );
}
