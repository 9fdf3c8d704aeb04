/** Buttons, and links that look like them. */
import type { ButtonHTMLAttributes, ReactNode } from 'react';
import { classNames } from './class-names.ts';

const SHAPE =
  'inline-flex items-center justify-center gap-1.5 rounded-md text-sm font-medium whitespace-nowrap select-none disabled:opacity-50';
const SIZES = { small: 'h-7 px-2.5', icon: 'size-7' };
const LOOKS = {
  plain: 'border border-line bg-raised text-ink hover:bg-hover',
  strong: 'border border-transparent bg-accent text-accent-ink hover:opacity-90',
  quiet: 'border border-transparent text-soft hover:bg-hover hover:text-ink',
  danger: 'border border-line bg-raised text-bad hover:bg-bad-wash',
};

export interface ButtonLook {
  look?: keyof typeof LOOKS;
  size?: keyof typeof SIZES;
}

export function buttonClass({ look = 'plain', size = 'small' }: ButtonLook, more?: string): string {
  return classNames(SHAPE, SIZES[size], LOOKS[look], more);
}

export function Button({ look, size, className, ...rest }: ButtonLook & ButtonHTMLAttributes<HTMLButtonElement>) {
  return <button type="button" className={buttonClass({ look, size }, className)} {...rest} />;
}

/** A key of the keyboard. */
export function Key({ children }: { children: ReactNode }) {
  return <kbd className="rounded-sm border border-line bg-panel px-1 font-mono text-xs text-soft">{children}</kbd>;
}
