/** One dataset: its datapoints at a version, its versions, files in and out. */
import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import type { ShownDatapoint, WholeDataset } from '../../../model/shown-dataset.ts';
import { datapointsQuery, datasetQuery, removeDataset } from '../../api/datasets.ts';
import { Button, buttonClass } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Select } from '../../parts/input.tsx';
import { PageFrame } from '../../parts/page-frame.tsx';
import { Failure, Loading } from '../../parts/states.tsx';
import { Table } from '../../parts/table.tsx';
import { Tabs } from '../../parts/tabs.tsx';
import { countText } from '../../words/number.ts';
import { COLUMNS } from './columns.tsx';
import { DatapointDialog } from './datapoint-dialog.tsx';
import { DatasetVersions } from './dataset-versions.tsx';
import { FilesDialog, FirstFile } from './files-dialog.tsx';

const TABS = [
  ['datapoints', 'Datapoints'],
  ['versions', 'Versions'],
] as const;

type Open = 'files' | 'remove' | 'new' | ShownDatapoint | undefined;

export default function DatasetPage() {
  const { name } = useParams({ from: '/datasets/$name' });
  const { tab = 'datapoints', version: asked } = useSearch({ from: '/datasets/$name' });
  const navigate = useNavigate({ from: '/datasets/$name' });
  const found = useQuery(datasetQuery(name));
  const [open, setOpen] = useState<Open>();
  if (found.isPending) return <Loading />;
  if (found.isError) return <Failure error={found.error} retry={() => void found.refetch()} />;
  const dataset = found.data;
  const version = asked === undefined ? dataset.version : Number(asked);
  const isOld = version !== dataset.version;
  return (
    <PageFrame
      title={name}
      about={<span className="text-soft">{dataset.description ?? `${countText(dataset.datapoints)} datapoints`}</span>}
      fills={tab === 'datapoints' && dataset.version > 0}
      actions={
        <>
          <Button onClick={() => setOpen('files')}>Files</Button>
          <Button disabled={isOld} onClick={() => setOpen('new')}>
            Add a datapoint
          </Button>
          <Button look="danger" onClick={() => setOpen('remove')}>
            Remove
          </Button>
          {dataset.version === 0 ? null : (
            <Link to="/runs/new" search={{ dataset: name }} className={buttonClass({ look: 'strong' })}>
              Start a run
            </Link>
          )}
        </>
      }
      bar={
        <div className="flex items-center gap-2">
          <Tabs label="Parts of the dataset" tabs={TABS} open={tab} />
          {tab === 'datapoints' && dataset.version > 0 ? (
            <Select
              aria-label="Version"
              className="ml-auto"
              value={version}
              onChange={({ target }) =>
                void navigate({
                  search: Number(target.value) === dataset.version ? {} : { version: target.value },
                  replace: true,
                })
              }
            >
              {dataset.versions.map((one) => (
                <option key={one.version} value={one.version}>
                  version {one.version}, {countText(one.datapoints)} datapoints
                </option>
              ))}
            </Select>
          ) : null}
        </div>
      }
    >
      {tab === 'versions' ? (
        <DatasetVersions dataset={dataset} />
      ) : dataset.version === 0 ? (
        <FirstFile dataset={name} />
      ) : (
        <Datapoints dataset={dataset} version={isOld ? version : null} onOpen={setOpen} />
      )}
      {open === 'files' ? <FilesDialog dataset={dataset} onClose={() => setOpen(undefined)} /> : null}
      {open === 'remove' ? <RemoveDialog name={name} onClose={() => setOpen(undefined)} /> : null}
      {open === 'new' || typeof open === 'object' ? (
        <DatapointDialog
          dataset={name}
          version={dataset.version}
          datapoint={open === 'new' ? undefined : open}
          isOld={isOld}
          onClose={() => setOpen(undefined)}
        />
      ) : null}
    </PageFrame>
  );
}

interface DatapointsProps {
  dataset: WholeDataset;
  version: number | null;
  onOpen: (datapoint: ShownDatapoint) => void;
}

function Datapoints({ dataset, version, onOpen }: DatapointsProps) {
  const list = useInfiniteQuery(datapointsQuery(dataset.name, version));
  const rows = useMemo(() => list.data?.pages.flatMap(({ datapoints }) => datapoints) ?? [], [list.data]);
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = list;
  if (list.isPending) return <Loading />;
  if (list.isError) return <Failure error={list.error} retry={() => void list.refetch()} />;
  return (
    <Table
      label="Datapoints"
      columns={COLUMNS}
      rows={rows}
      total={dataset.versions.find((one) => one.version === (version ?? dataset.version))?.datapoints}
      idOf={({ id }) => id}
      onOpen={onOpen}
      onEnd={hasNextPage && !isFetchingNextPage ? () => void fetchNextPage() : undefined}
    />
  );
}

function RemoveDialog({ name, onClose }: { name: string; onClose: () => void }) {
  const navigate = useNavigate();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeDataset(name),
    onSuccess: async () => {
      await navigate({ to: '/datasets' });
      await client.invalidateQueries({ queryKey: ['datasets'] });
    },
  });
  return (
    <Dialog
      title={`Remove ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Remove all its versions
          </Button>
        </>
      }
    >
      <p>Runs keep their results, and cannot be started over it again.</p>
      {remove.isError ? <Failure error={remove.error} /> : null}
    </Dialog>
  );
}
