/** What stands where content is not: not yet, none, or not to be had. */
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { Button } from './button.tsx';

/** Appears only after a moment: what is quick does not flicker. */
export function Loading({ label = 'Loading' }: { label?: string }) {
  return (
    <div role="status" aria-live="polite" className="appear-late flex items-center gap-2 p-6 text-soft">
      <span aria-hidden className="size-3 animate-spin rounded-full border-2 border-line border-t-accent" />
      {label}…
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ReactNode }) {
  return (
    <div className="flex flex-col items-center gap-2 p-10 text-center">
      <p className="font-medium">{title}</p>
      {children === undefined ? null : <div className="max-w-prose text-soft">{children}</div>}
    </div>
  );
}

export function Failure({ error, retry }: { error: unknown; retry?: (() => void) | undefined }) {
  const details = error instanceof ApiError ? Object.entries(error.details) : [];
  return (
    <div role="alert" className="m-4 rounded-lg border border-line bg-bad-wash p-4">
      <p className="font-medium text-bad">{error instanceof Error ? error.message : String(error)}</p>
      {details.map(([at, message]) => (
        <p key={at} className="mt-1 break-words">
          <code className="font-mono text-xs">{at}</code>: {message}
        </p>
      ))}
      {retry === undefined ? null : (
        <Button className="mt-3" onClick={retry}>
          Try again
        </Button>
      )}
    </div>
  );
}
