/** One word on how something stands, by colour and word. */
import type { ReactNode } from 'react';
import { classNames } from './class-names.ts';

const TONES = {
  plain: 'bg-hover text-soft',
  good: 'bg-good-wash text-good',
  warn: 'bg-warn-wash text-warn',
  bad: 'bg-bad-wash text-bad',
  accent: 'bg-accent-wash text-accent',
};
export type Tone = keyof typeof TONES;

export function Badge({
  tone = 'plain',
  title,
  children,
}: {
  tone?: Tone;
  title?: string | undefined;
  children: ReactNode;
}) {
  return (
    <span title={title} className={classNames('rounded-sm px-1.5 text-xs whitespace-nowrap', TONES[tone])}>
      {children}
    </span>
  );
}
