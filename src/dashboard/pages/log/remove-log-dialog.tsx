/** Deleting a log with everything that was derived from it. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { removeLog } from '../../api/logs.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Failure } from '../../parts/states.tsx';

export function RemoveLogDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    mutationFn: () => removeLog(id),
    onSuccess: async () => {
      await navigate({ to: '/logs' });
      await client.invalidateQueries({ queryKey: ['logs'] });
    },
  });
  return (
    <Dialog
      title="Delete this log?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button look="danger" disabled={remove.isPending} onClick={() => remove.mutate()}>
            Delete
          </Button>
        </>
      }
    >
      <p>
        Its bodies, scores, evaluations and jobs go with it. Datapoints that were made of it stay in their datasets.
      </p>
      {remove.isError ? <Failure error={remove.error} /> : null}
    </Dialog>
  );
}
