/** Making datapoints of logs: into a dataset that there is, or a new one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { addLogsToDataset, createDataset, datasetsQuery, type LogsForDataset } from '../api/datasets.ts';
import { countText } from '../words/number.ts';
import { Button } from './button.tsx';
import { Dialog } from './dialog.tsx';
import { Field } from './field.tsx';
import { Input } from './input.tsx';
import { Failure } from './states.tsx';

export function AddToDataset({ logs, onClose }: { logs: LogsForDataset; onClose: () => void }) {
  const known = useQuery(datasetsQuery).data?.datasets ?? [];
  const [name, setName] = useState('');
  const client = useQueryClient();
  const isNew = name !== '' && !known.some((one) => one.name === name);
  const add = useMutation({
    mutationFn: async () => {
      if (isNew) await createDataset({ name, description: null });
      return addLogsToDataset(name, logs);
    },
    onSettled: () => client.invalidateQueries({ queryKey: ['datasets'] }),
  });
  return (
    <Dialog
      title="Add to a dataset"
      onClose={onClose}
      actions={
        add.isSuccess ? (
          <Button onClick={onClose}>Close</Button>
        ) : (
          <Button look="strong" type="submit" form="add-to-dataset" disabled={add.isPending}>
            {isNew ? 'Make it and add' : 'Add'}
          </Button>
        )
      }
    >
      <form
        id="add-to-dataset"
        onSubmit={(event) => {
          event.preventDefault();
          add.mutate();
        }}
      >
        <Field label="Dataset" hint="One that there is, or the name of a new one">
          <Input
            required
            autoFocus
            list="known-datasets"
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <datalist id="known-datasets">
          {known.map((one) => (
            <option key={one.name} value={one.name} />
          ))}
        </datalist>
      </form>
      {add.isError ? <Failure error={add.error} /> : null}
      {add.isSuccess ? (
        <p role="status" className="mt-3">
          {countText(add.data.added)} datapoints were added to{' '}
          <Link to="/datasets/$name" params={{ name }} className="text-accent hover:underline">
            {name}
          </Link>
          .
        </p>
      ) : null}
    </Dialog>
  );
}
