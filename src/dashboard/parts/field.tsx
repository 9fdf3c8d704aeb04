/** A field of a form: its label, what it is for, and what is wrong with what stands in it. */
import { type ReactElement, cloneElement, useId } from 'react';

export interface FieldProps {
  label: string;
  hint?: string | undefined;
  problem?: string | undefined;
  /** The control; it is given its id and what describes it. */
  children: ReactElement<{
    id?: string;
    'aria-describedby'?: string | undefined;
    'aria-invalid'?: boolean | undefined;
  }>;
  className?: string;
}

export function Field({ label, hint, problem, children, className }: FieldProps) {
  const id = useId();
  const said = problem ?? hint;
  return (
    <div className={className ?? 'flex min-w-0 flex-col gap-1'}>
      <label htmlFor={id} className="text-xs font-medium text-soft">
        {label}
      </label>
      {cloneElement(children, {
        id,
        'aria-describedby': said === undefined ? undefined : `${id}-said`,
        'aria-invalid': problem === undefined ? undefined : true,
      })}
      {said === undefined ? null : (
        <p id={`${id}-said`} className={problem === undefined ? 'text-xs text-soft' : 'text-xs text-bad'}>
          {said}
        </p>
      )}
    </div>
  );
}
