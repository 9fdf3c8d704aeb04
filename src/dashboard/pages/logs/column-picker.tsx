/** Which columns the table of logs has. The choice stands in the address. */
import { useState } from 'react';
import type { LogRow } from '../../../model/log-row.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import type { KnownNames } from '../../words/where.ts';
import { offeredColumns, shownOf } from './columns.tsx';

export interface ColumnPickerProps {
  rows: readonly LogRow[];
  known: KnownNames | undefined;
  chosen: string | undefined;
  onChange: (chosen: string | undefined) => void;
}

export function ColumnPicker({ rows, known, chosen, onChange }: ColumnPickerProps) {
  const [isOpen, setOpen] = useState(false);
  const scores = known?.scores ?? [];
  const shown = new Set(shownOf(chosen, rows, scores).map(({ id }) => id));
  return (
    <>
      <Button onClick={() => setOpen(true)}>Columns</Button>
      {isOpen ? (
        <Dialog
          title="Columns"
          onClose={() => setOpen(false)}
          actions={<Button onClick={() => onChange(undefined)}>As at first</Button>}
        >
          <div className="grid grid-cols-2 gap-x-4 gap-y-1">
            {offeredColumns(rows, scores).map(({ id, head }) => (
              <label key={id} className="flex items-center gap-2">
                <input
                  type="checkbox"
                  checked={shown.has(id)}
                  onChange={({ target }) => {
                    const next = new Set(shown);
                    if (target.checked) next.add(id);
                    else next.delete(id);
                    onChange([...next].join(','));
                  }}
                />
                <span className="truncate">{head}</span>
                <span className="text-xs text-soft">{id.includes('.') ? id.split('.')[0] : ''}</span>
              </label>
            ))}
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
