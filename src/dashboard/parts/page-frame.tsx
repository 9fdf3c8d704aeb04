/** What every page stands in: its title, what can be done on it, and its content, which scrolls. */
import { type ReactNode, useEffect } from 'react';

export interface PageFrameProps {
  title: string;
  /** Beside the title: what the page is of. */
  about?: ReactNode;
  /** At the right of the title. */
  actions?: ReactNode;
  /** Below the title, as wide as the page: filters. */
  bar?: ReactNode;
  /** The content scrolls by itself, as tables do. */
  fills?: boolean;
  children: ReactNode;
}

export function PageFrame({ title, about, actions, bar, fills = false, children }: PageFrameProps) {
  useEffect(() => {
    document.title = `${title} · Gradeway`;
  }, [title]);
  return (
    <div className="flex h-full min-w-0 flex-col">
      <header className="flex min-h-12 flex-wrap items-center gap-x-3 gap-y-1 border-b border-line bg-panel px-4 py-2">
        <h1 className="text-md font-semibold">{title}</h1>
        {about}
        <div className="ml-auto flex flex-wrap items-center gap-2">{actions}</div>
        {bar === undefined ? null : <div className="w-full">{bar}</div>}
      </header>
      <div className={fills ? 'min-h-0 flex-1' : 'min-h-0 flex-1 overflow-auto'}>{children}</div>
    </div>
  );
}
