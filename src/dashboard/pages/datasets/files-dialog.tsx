/** Files of datapoints: dropped to be read in, fetched to be kept. A mistake is named by its line, and then nothing is read. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { WholeDataset } from '../../../model/shown-dataset.ts';
import { exportAddress, importFile } from '../../api/datasets.ts';
import { buttonClass } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { FileDrop } from '../../parts/file-drop.tsx';
import { Failure } from '../../parts/states.tsx';
import { countText } from '../../words/number.ts';

export function FilesDialog({ dataset: { name, version }, onClose }: { dataset: WholeDataset; onClose: () => void }) {
  return (
    <Dialog title="Files" onClose={onClose}>
      <FileIn dataset={name} />
      {version === 0 ? null : (
        <div className="mt-4 flex items-center gap-2">
          <span className="mr-auto">Version {version} as a file</span>
          {(['jsonl', 'csv'] as const).map((format) => (
            <a key={format} download href={exportAddress(name, version, format)} className={buttonClass({})}>
              {format === 'jsonl' ? 'JSONL' : 'CSV'}
            </a>
          ))}
        </div>
      )}
    </Dialog>
  );
}

/** What stands where a dataset has no datapoints yet. */
export function FirstFile({ dataset }: { dataset: string }) {
  return (
    <div className="mx-auto max-w-130 p-6">
      <FileIn dataset={dataset} />
    </div>
  );
}

function FileIn({ dataset }: { dataset: string }) {
  const client = useQueryClient();
  const read = useMutation({
    mutationFn: (file: File) => importFile(dataset, file),
    onSuccess: () => client.invalidateQueries({ queryKey: ['datasets'] }),
  });
  return (
    <>
      <FileDrop
        label={read.isPending ? 'Reading…' : 'Choose a file'}
        accept=".jsonl,.ndjson,.csv,.json,.yaml,.yml"
        disabled={read.isPending}
        onFile={(file) => read.mutate(file)}
      >
        <p className="font-medium">Drop a file here</p>
        <p className="text-soft">
          JSONL with <code className="font-mono text-xs">inputs</code> or{' '}
          <code className="font-mono text-xs">messages</code> and <code className="font-mono text-xs">target</code> a
          line; CSV, whose columns are inputs; tests of promptfoo. It is added to what is there.
        </p>
      </FileDrop>
      {read.isError ? <Failure error={read.error} /> : null}
      {read.isSuccess ? (
        <p role="status" className="mt-3 text-good">
          {countText(read.data.added)} datapoints were added: version {read.data.version}.
        </p>
      ) : null}
    </>
  );
}
