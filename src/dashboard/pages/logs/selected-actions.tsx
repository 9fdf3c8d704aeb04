/** What can be done with the logs that are selected: into a dataset, or deleted. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { removeLogs } from '../../api/logs.ts';
import { AddToDataset } from '../../parts/add-to-dataset.tsx';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/states.tsx';
import { countText } from '../../words/number.ts';

export function SelectedActions({ ids, onDone }: { ids: string[]; onDone: () => void }) {
  const [open, setOpen] = useState<'dataset' | 'remove'>();
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => removeLogs(ids),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['logs'] });
      onDone();
    },
  });
  return (
    <>
      <span className="text-soft">{countText(ids.length)} selected</span>
      <Button onClick={() => setOpen('dataset')}>Add to a dataset</Button>
      <Button look="danger" onClick={() => setOpen('remove')}>
        Delete
      </Button>
      <Button look="quiet" onClick={onDone}>
        Select none
      </Button>
      {open === 'dataset' ? <AddToDataset logs={{ logIds: ids }} onClose={() => setOpen(undefined)} /> : null}
      {open === 'remove' ? (
        <Dialog
          title={`Delete ${countText(ids.length)} logs?`}
          onClose={() => setOpen(undefined)}
          actions={
            <>
              <Button onClick={() => setOpen(undefined)}>Keep them</Button>
              <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
                Delete
              </Button>
            </>
          }
        >
          <p>Their bodies, scores, evaluations and jobs go with them.</p>
          {remove.isError ? <Failure error={remove.error} /> : null}
        </Dialog>
      ) : null}
    </>
  );
}
