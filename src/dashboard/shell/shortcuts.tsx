/** The list of keys, which `?` opens. */
import { Key } from '../parts/button.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { PAGES } from './pages.ts';

const OTHERS: [string, string][] = [
  ['/', 'Search, or the filter of the page'],
  ['j', 'Next row'],
  ['k', 'Row before'],
  ['Enter', 'Open the row'],
  ['?', 'This list'],
];

export function Shortcuts({ onClose }: { onClose: () => void }) {
  const rows: [string, string][] = [
    ...PAGES.flat().map(({ key, label }): [string, string] => [`g ${key}`, `Go to ${label}`]),
    ...OTHERS,
  ];
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl className="grid grid-cols-[auto_1fr] gap-x-4 gap-y-1.5">
        {rows.map(([keys, what]) => (
          <div key={keys} className="contents">
            <dt className="flex gap-1">
              {keys.split(' ').map((key) => (
                <Key key={key}>{key}</Key>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
