/** A datapoint, to be read, edited or added. What is saved becomes the dataset's next version. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ShownDatapoint } from '../../../model/shown-dataset.ts';
import { changeDataset } from '../../api/datasets.ts';
import { Button } from '../../parts/button.tsx';
import { Dialog } from '../../parts/dialog.tsx';
import { Field } from '../../parts/field.tsx';
import { TextArea } from '../../parts/input.tsx';
import { Failure } from '../../parts/states.tsx';
import { type DatapointTexts, readTexts, textsOf } from '../../words/datapoint.ts';

export interface DatapointDialogProps {
  dataset: string;
  version: number;
  /** Undefined: a new one. */
  datapoint: ShownDatapoint | undefined;
  /** Of an older version: it can be read alone. */
  isOld: boolean;
  onClose: () => void;
}

const MEMBERS = [
  ['inputs', 'Inputs', 'Values of a prompt’s variables: {"question": "…"}', 5],
  ['messages', 'Messages', 'A conversation that is continued: [{"role": "user", "content": "…"}]', 6],
  ['target', 'Target', 'What a good answer would be: a text, or JSON', 4],
  ['metadata', 'Metadata', 'Anything else: {"topic": "…"}', 3],
] as const;

export function DatapointDialog({ dataset, version, datapoint, isOld, onClose }: DatapointDialogProps) {
  const [texts, setTexts] = useState(() => textsOf(datapoint));
  const [problems, setProblems] = useState<Partial<DatapointTexts>>({});
  const client = useQueryClient();
  const save = useMutation({
    mutationFn: (change: Parameters<typeof changeDataset>[1]) =>
      changeDataset(dataset, { ...change, baseVersion: version }),
    onSuccess: async () => {
      await client.invalidateQueries({ queryKey: ['datasets'] });
      onClose();
    },
  });
  const submit = (): void => {
    const read = readTexts(texts);
    if ('problems' in read) return setProblems(read.problems);
    setProblems({});
    save.mutate({ put: [datapoint === undefined ? read.content : { ...read.content, id: datapoint.id }] });
  };
  return (
    <Dialog
      title={datapoint === undefined ? 'New datapoint' : 'Datapoint'}
      wide
      onClose={onClose}
      actions={
        isOld ? null : (
          <>
            {datapoint === undefined ? null : (
              <Button
                look="danger"
                className="mr-auto"
                disabled={save.isPending}
                onClick={() => save.mutate({ remove: [datapoint.id] })}
              >
                Remove
              </Button>
            )}
            <Button look="strong" disabled={save.isPending} onClick={submit}>
              Save as the next version
            </Button>
          </>
        )
      }
    >
      <div className="flex flex-col gap-3">
        {datapoint === undefined ? null : (
          <p className="text-xs text-soft">
            <code className="font-mono">{datapoint.id}</code>, {sourceText(datapoint)}
          </p>
        )}
        {MEMBERS.map(([member, label, hint, rows]) => (
          <Field key={member} label={label} hint={hint} problem={problems[member]}>
            <TextArea
              rows={rows}
              readOnly={isOld}
              spellCheck={false}
              className="w-full font-mono text-xs"
              value={texts[member]}
              onChange={({ target }) => setTexts((before) => ({ ...before, [member]: target.value }))}
            />
          </Field>
        ))}
        {save.isError ? <Failure error={save.error} /> : null}
      </div>
    </Dialog>
  );
}

export function sourceText({ source: { from, file, line } }: ShownDatapoint): string {
  if (from === 'log') return 'from a log';
  if (from === 'import') return file === undefined ? `imported, line ${line}` : `${file}, line ${line}`;
  return 'written';
}
