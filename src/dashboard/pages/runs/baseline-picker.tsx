/** Which other run of the same dataset a run is compared with. */
import { useInfiniteQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ShownRun } from '../../../model/shown-run.ts';
import { runsQuery } from '../../api/runs.ts';
import { Select } from '../../parts/input.tsx';
import { timeText } from '../../words/time.ts';

export function BaselinePicker({ run, baseline }: { run: ShownRun; baseline: string | undefined }) {
  const list = useInfiniteQuery(runsQuery);
  const navigate = useNavigate({ from: '/runs/$id' });
  const others = (list.data?.pages.flatMap(({ runs }) => runs) ?? []).filter(
    ({ id, spec }) => id !== run.id && (id === baseline || spec.dataset.name === run.spec.dataset.name),
  );
  return (
    <label className="flex items-center gap-2 text-soft">
      Compared with
      <Select
        value={baseline ?? ''}
        onChange={({ target }) => void navigate({ search: target.value === '' ? {} : { baseline: target.value } })}
      >
        <option value="">no other run</option>
        {others.map(({ id, spec: { name }, createdAtMs }) => (
          <option key={id} value={id}>
            {name}, {timeText(createdAtMs)}
          </option>
        ))}
      </Select>
    </label>
  );
}
