/** Datasets: the questions that runs ask. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import type { ShownDataset } from '../../../model/shown-dataset.ts';
import { createDataset, datasetsQuery } from '../../api/datasets.ts';
import { Button } from '../../parts/button.tsx';
import type { Column } from '../../parts/column.ts';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { Input } from '../../parts/input.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Empty, Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { countText } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';

const COLUMNS: Column<ShownDataset>[] = [
  {
    id: 'name',
    head: 'Name',
    sortBy: ({ name }) => name,
    cell: ({ name, description }) => (
      <>
        <Link to="/datasets/$name" params={{ name }} className="hover:underline">
          {name}
        </Link>
        {description === null ? null : <span className="ml-2 text-soft">{description}</span>}
      </>
    ),
  },
  {
    id: 'datapoints',
    head: 'Datapoints',
    width: 120,
    numeric: true,
    sortBy: (one) => one.datapoints,
    cell: ({ datapoints }) => countText(datapoints),
  },
  { id: 'version', head: 'Version', width: 100, numeric: true, cell: ({ version }) => (version === 0 ? '–' : version) },
  {
    id: 'changed',
    head: 'Changed',
    width: 180,
    sortBy: ({ changedAtMs }) => changedAtMs,
    cell: ({ changedAtMs }) => (
      <time dateTime={new Date(changedAtMs).toISOString()} title={wholeTimeText(changedAtMs)}>
        {timeText(changedAtMs)}
      </time>
    ),
  },
];

export default function DatasetsPage() {
  const list = useQuery(datasetsQuery);
  const [making, setMaking] = useState(false);
  const navigate = useNavigate();
  const open = (name: string): void => void navigate({ to: '/datasets/$name', params: { name } });
  return (
    <PageFrame
      title="Datasets"
      fills
      actions={
        <Button look="strong" onClick={() => setMaking(true)}>
          New dataset
        </Button>
      }
    >
      {list.isPending ? (
        <Loading />
      ) : list.isError ? (
        <Failure error={list.error} retry={() => void list.refetch()} />
      ) : list.data.datasets.length === 0 ? (
        <Empty title="No datasets yet">
          A dataset holds questions, with what good answers would be. Make one from a file, or from logs that are worth
          asking again.
        </Empty>
      ) : (
        <Table
          label="Datasets"
          columns={COLUMNS}
          rows={list.data.datasets}
          idOf={({ name }) => name}
          onOpen={({ name }) => open(name)}
        />
      )}
      {making ? <NewDatasetDialog onClose={() => setMaking(false)} onMade={open} /> : null}
    </PageFrame>
  );
}

function NewDatasetDialog({ onClose, onMade }: { onClose: () => void; onMade: (name: string) => void }) {
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const client = useQueryClient();
  const make = useMutation({
    mutationFn: () => createDataset({ name, description: description || null }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['datasets'] });
      onMade(name);
    },
  });
  return (
    <Dialog
      title="New dataset"
      onClose={onClose}
      actions={
        <Button look="strong" type="submit" form="new-dataset" disabled={make.isPending}>
          Create dataset
        </Button>
      }
    >
      <form
        id="new-dataset"
        className="flex flex-col gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          make.mutate();
        }}
      >
        <Field label="Name" hint="Letters, digits, dots, hyphens and underscores">
          <Input
            required
            autoFocus
            pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
            value={name}
            onChange={({ target }) => setName(target.value)}
          />
        </Field>
        <Field label="Description">
          <Input value={description} onChange={({ target }) => setDescription(target.value)} />
        </Field>
        {make.isError ? <Failure error={make.error} /> : null}
      </form>
    </Dialog>
  );
}
