/** Conditions on logs: typed with what fits offered, each taken away by its own button. `/` goes to it. */
import { useQuery } from '@tanstack/react-query';
import { X } from 'lucide-react';
import { useId, useRef, useState } from 'react';
import { propertyValuesQuery, useKnownNames } from '../api/names.ts';
import { useKeys } from '../shell/use-keys.ts';
import { conditionsOf, suggestionsOf, whereOf } from '../words/where.ts';
import { Input } from './input.tsx';

export interface FilterBarProps {
  where: string | undefined;
  onChange: (where: string | undefined) => void;
}

export function FilterBar({ where, onChange }: FilterBarProps) {
  const [text, setText] = useState('');
  const input = useRef<HTMLInputElement>(null);
  const listId = useId();
  const known = useKnownNames() ?? { properties: [], scores: [] };
  const conditions = conditionsOf(where);
  const named = /^(.+?)\s*(=|is|contains)\s*\S*$/.exec(text)?.[1];
  const property = known.properties.find((one) => one.toLowerCase() === named?.toLowerCase());
  const values = useQuery({ ...propertyValuesQuery(property ?? ''), enabled: property !== undefined });
  useKeys({ '/': () => input.current?.focus() });
  return (
    <form
      role="search"
      aria-label="Filter"
      className="flex min-w-0 flex-1 flex-wrap items-center gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        const condition = text.trim();
        if (condition === '') return;
        onChange(whereOf([...conditions, condition]));
        setText('');
      }}
    >
      {conditions.map((condition, index) => (
        <span key={condition} className="flex h-7 items-center gap-1 rounded-md bg-accent-wash pl-2">
          {condition}
          <button
            type="button"
            aria-label={`Take away: ${condition}`}
            className="flex size-6 items-center justify-center text-soft hover:text-ink"
            onClick={() => onChange(whereOf(conditions.toSpliced(index, 1)))}
          >
            <X aria-hidden className="size-3.5" />
          </button>
        </span>
      ))}
      <Input
        ref={input}
        aria-label="Add a condition"
        list={listId}
        className="min-w-60 flex-1"
        placeholder='Filter: accuracy > 90, status >= 400, environment = production, "any text"'
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Backspace' && text === '' && conditions.length > 0)
            onChange(whereOf(conditions.slice(0, -1)));
        }}
      />
      <datalist id={listId}>
        {suggestionsOf(text, known, property === undefined ? [] : (values.data?.values ?? [])).map((one) => (
          <option key={one} value={one} />
        ))}
      </datalist>
    </form>
  );
}
