/** Fields for text, numbers and choices. */
import type { ComponentProps } from 'react';
import { classNames } from './class-names.ts';

const LOOK =
  'rounded-md border border-edge/60 bg-raised px-2 text-sm text-ink aria-invalid:border-bad disabled:opacity-50';

export function Input({ className, ...rest }: ComponentProps<'input'>) {
  return <input className={classNames(LOOK, 'h-7', className)} {...rest} />;
}

export function Select({ className, ...rest }: ComponentProps<'select'>) {
  return <select className={classNames(LOOK, 'h-7', className)} {...rest} />;
}

export function TextArea({ className, ...rest }: ComponentProps<'textarea'>) {
  return <textarea className={classNames(LOOK, 'py-1.5', className)} {...rest} />;
}
