/** The versions of a dataset, the newest first: what each changed. */
import { Link } from '@tanstack/react-router';
import type { WholeDataset } from '../../../model/shown-dataset.ts';
import { Empty } from '../../parts/states.tsx';
import { countText } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

export function DatasetVersions({ dataset: { name, versions } }: { dataset: WholeDataset }) {
  if (versions.length === 0) return <Empty title="Nothing was put into it yet" />;
  return (
    <ul className="max-w-220 p-4">
      {versions.map(({ version, datapoints, added, edited, removed, note, createdAtMs }) => (
        <li key={version} className="flex flex-wrap gap-x-4 border-b border-line py-2">
          <Link
            to="/datasets/$name"
            params={{ name }}
            search={{ version: String(version) }}
            className="w-24 font-medium hover:underline"
          >
            version {version}
          </Link>
          <span className="w-36">{countText(datapoints)} datapoints</span>
          <span className="w-60 text-soft">
            {countText(added)} added, {countText(edited)} edited, {countText(removed)} removed
          </span>
          <time className="text-soft" dateTime={new Date(createdAtMs).toISOString()} title={wholeTimeText(createdAtMs)}>
            {timeText(createdAtMs)}
          </time>
          {note === null ? null : <p className="w-full text-soft">{note}</p>}
        </li>
      ))}
    </ul>
  );
}
