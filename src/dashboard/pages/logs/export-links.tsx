/** All logs of what is shown, as a file. */
import type { Slice } from '../../api/logs.ts';
import { queryOf } from '../../api/client.ts';
import { buttonClass } from '../../parts/button.tsx';

export function ExportLinks({ slice: { filter, fromMs, toMs } }: { slice: Slice }) {
  const asked = { filter: filter === null ? null : JSON.stringify(filter), fromMs, toMs };
  return (
    <>
      {(['ndjson', 'csv'] as const).map((format) => (
        <a
          key={format}
          download={`logs.${format}`}
          href={`/api/v1/logs/export${queryOf({ ...asked, format })}`}
          className={buttonClass({})}
          aria-label={`Export as ${format.toUpperCase()}`}
        >
          {format.toUpperCase()}
        </a>
      ))}
    </>
  );
}
