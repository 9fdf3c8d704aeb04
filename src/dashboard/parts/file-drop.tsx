/** Where a file can be dropped; it can be chosen by a button as well. */
import { type ReactNode, useRef, useState } from 'react';
import { Button } from './button.tsx';
import { classNames } from './class-names.ts';

export interface FileDropProps {
  /** What the button says. */
  label: string;
  /** Ends of file names, such as `.csv,.jsonl`. */
  accept: string;
  disabled?: boolean;
  onFile: (file: File) => void;
  /** Above the button. */
  children?: ReactNode;
}

export function FileDrop({ label, accept, disabled = false, onFile, children }: FileDropProps) {
  const input = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  return (
    <div
      className={classNames(
        'flex flex-col items-center gap-2 rounded-lg border border-dashed p-6 text-center',
        over ? 'border-accent bg-accent-wash' : 'border-edge/60 bg-page',
      )}
      onDragOver={(event) => {
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={() => setOver(false)}
      onDrop={(event) => {
        event.preventDefault();
        setOver(false);
        const file = event.dataTransfer.files[0];
        if (file !== undefined && !disabled) onFile(file);
      }}
    >
      {children}
      <Button disabled={disabled} onClick={() => input.current?.click()}>
        {label}
      </Button>
      <input
        ref={input}
        type="file"
        accept={accept}
        aria-label={label}
        className="sr-only"
        tabIndex={-1}
        onChange={({ target }) => {
          const file = target.files?.[0];
          if (file !== undefined) onFile(file);
          target.value = '';
        }}
      />
    </div>
  );
}
