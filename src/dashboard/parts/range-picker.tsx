/** Choosing a range of time: the usual ones by name, any other by its two ends. What stands in the address is words/time-range.ts's. */
import { useState } from 'react';
import { RANGES, readRange, writeRange } from '../words/time-range.ts';
import { timeText } from '../words/time.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Input, Select } from './input.tsx';

export interface RangePickerProps {
  value: string;
  onChange: (range: string) => void;
}

const OTHER = 'other';

export function RangePicker({ value, onChange }: RangePickerProps) {
  const [choosing, setChoosing] = useState(false);
  const isNamed = Object.hasOwn(RANGES, value);
  const range = readRange(value);
  return (
    <>
      <Select
        aria-label="Time range"
        value={isNamed ? value : ''}
        onChange={({ target }) => (target.value === OTHER ? setChoosing(true) : onChange(target.value))}
      >
        {isNamed ? null : (
          <option value="">{range ? `${timeText(range.fromMs)} to ${timeText(range.toMs)}` : 'Time range'}</option>
        )}
        {Object.entries(RANGES).map(([name, { label }]) => (
          <option key={name} value={name}>
            {label}
          </option>
        ))}
        <option value={OTHER}>From … to …</option>
      </Select>
      {choosing ? (
        <OtherRange
          begin={range ?? readRange('24h')!}
          onClose={() => setChoosing(false)}
          onChoose={(chosen) => {
            setChoosing(false);
            onChange(chosen);
          }}
        />
      ) : null}
    </>
  );
}

function OtherRange({
  begin,
  onClose,
  onChoose,
}: {
  begin: { fromMs: number; toMs: number };
  onClose: () => void;
  onChoose: (range: string) => void;
}) {
  const [from, setFrom] = useState(() => localText(begin.fromMs));
  const [to, setTo] = useState(() => localText(begin.toMs));
  const [fromMs, toMs] = [Date.parse(from), Date.parse(to)];
  const isRange = fromMs < toMs;
  return (
    <Dialog
      title="From … to …"
      onClose={onClose}
      actions={
        <Button look="strong" disabled={!isRange} onClick={() => onChoose(writeRange({ fromMs, toMs }))}>
          Show this range
        </Button>
      }
    >
      <div className="flex gap-3">
        <Field label="From">
          <Input type="datetime-local" value={from} onChange={({ target }) => setFrom(target.value)} />
        </Field>
        <Field label="To" problem={isRange ? undefined : 'It must be later than the beginning'}>
          <Input type="datetime-local" value={to} onChange={({ target }) => setTo(target.value)} />
        </Field>
      </div>
    </Dialog>
  );
}

/** As a field for a time in the viewer's zone takes it. */
function localText(ms: number): string {
  const date = new Date(ms);
  return new Date(ms - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
