/** A part of a page with its title. */
import { type ReactNode, useId } from 'react';

export function Panel({ title, actions, children }: { title: string; actions?: ReactNode; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id} className="min-w-0 rounded-lg border border-line bg-panel">
      <header className="flex min-h-10 items-center gap-2 border-b border-line px-4 py-1">
        <h2 id={id} className="font-medium">
          {title}
        </h2>
        <div className="ml-auto flex items-center gap-2">{actions}</div>
      </header>
      {children}
    </section>
  );
}
