/** By what scores are told apart: a field of logs, or a property. */
import { useKnownNames } from '../../api/names.ts';
import type { Dimension } from '../../../model/measure.ts';
import { Select } from '../../parts/input.tsx';

const FIELDS = {
  model: 'model',
  provider: 'provider',
  userId: 'user',
  evaluatorVersion: 'evaluator version',
  source: 'who gave it',
} as const;

/** As an option's value says it. */
export function dimensionOf(text: string): Dimension {
  return text.startsWith('property:') ? { property: text.slice('property:'.length) } : { field: text as 'model' };
}

export interface GroupPickerProps {
  value: string;
  onChange: (value: string) => void;
  /** Whether logs can be told apart by it, and not scores alone. */
  ofLogs?: boolean;
}

export function GroupPicker({ value, onChange, ofLogs = false }: GroupPickerProps) {
  const properties = useKnownNames()?.properties ?? [];
  const fields = Object.entries(FIELDS).filter(([field]) => !ofLogs || !['evaluatorVersion', 'source'].includes(field));
  return (
    <Select aria-label="By" value={value} onChange={({ target }) => onChange(target.value)}>
      {fields.map(([field, label]) => (
        <option key={field} value={field}>
          by {label}
        </option>
      ))}
      {properties.map((property) => (
        <option key={property} value={`property:${property}`}>
          by {property}
        </option>
      ))}
    </Select>
  );
}
