/** Properties of a log; each can be changed, and others added. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { WholeLog } from '../../../model/log-row.ts';
import { setProperty } from '../../api/logs.ts';
import { Button } from '../../parts/button.tsx';
import { Input } from '../../parts/input.tsx';
import { Panel } from '../../parts/panel.tsx';

export function LogProperties({ log: { id, properties } }: { log: WholeLog }) {
  const [edited, setEdited] = useState<string>();
  const names = Object.keys(properties).toSorted();
  return (
    <Panel
      title="Properties"
      actions={
        <Button look="quiet" onClick={() => setEdited('')}>
          Add
        </Button>
      }
    >
      <ul className="px-4 py-2">
        {names.length === 0 && edited !== '' ? <li className="text-soft">None.</li> : null}
        {names.map((name) => (
          <li key={name} className="flex items-center gap-2 py-0.5">
            {edited === name ? (
              <PropertyForm id={id} name={name} value={properties[name]!} onDone={() => setEdited(undefined)} />
            ) : (
              <>
                <span className="w-36 shrink-0 truncate text-soft" title={name}>
                  {name}
                </span>
                <span className="min-w-0 flex-1 break-words">{properties[name]}</span>
                <Button look="quiet" aria-label={`Change ${name}`} onClick={() => setEdited(name)}>
                  Change
                </Button>
              </>
            )}
          </li>
        ))}
        {edited === '' ? (
          <li className="py-0.5">
            <PropertyForm id={id} name="" value="" onDone={() => setEdited(undefined)} />
          </li>
        ) : null}
      </ul>
    </Panel>
  );
}

function PropertyForm(props: { id: string; name: string; value: string; onDone: () => void }) {
  const [name, setName] = useState(props.name);
  const [value, setValue] = useState(props.value);
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: () => setProperty(props.id, name, value),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['logs'] });
      props.onDone();
    },
  });
  return (
    <form
      className="flex w-full flex-wrap items-center gap-2"
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate();
      }}
    >
      {props.name === '' ? (
        <Input
          required
          autoFocus
          aria-label="Name of the property"
          placeholder="name"
          className="w-36"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
      ) : (
        <span className="w-36 shrink-0 truncate text-soft">{name}</span>
      )}
      <Input
        autoFocus={props.name !== ''}
        aria-label={props.name === '' ? 'Its value' : `Value of ${name}`}
        placeholder="value"
        className="min-w-0 flex-1"
        value={value}
        onChange={({ target }) => setValue(target.value)}
      />
      <Button type="submit" look="strong" disabled={save.isPending}>
        Save
      </Button>
      <Button look="quiet" onClick={props.onDone}>
        Cancel
      </Button>
      {save.isError ? (
        <p role="alert" className="w-full text-bad">
          {Object.values((save.error as { details?: Record<string, string> }).details ?? {})[0] ?? save.error.message}
        </p>
      ) : null}
    </form>
  );
}
