/** The frame around all pages: the side, keys that go from page to page, signing in where that is needed. */
import { useQuery } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { sessionQuery } from '../api/session.ts';
import { Failure, Loading } from '../parts/states.tsx';
import { PAGES } from './pages.ts';
import { Shortcuts } from './shortcuts.tsx';
import { Side } from './side.tsx';
import { SignIn } from './sign-in.tsx';
import { type Keys, useKeys } from './use-keys.ts';

export function Shell() {
  const session = useQuery(sessionQuery);
  const [shortcuts, setShortcuts] = useState(false);
  const navigate = useNavigate();
  const keys: Keys = {
    '?': () => setShortcuts(true),
    '/': () => document.querySelector<HTMLElement>('[data-search]')?.focus(),
  };
  for (const { key, path } of PAGES.flat()) keys[`g ${key}`] = () => void navigate({ to: path });
  useKeys(keys);

  if (session.isPending) return <Loading label="Connecting" />;
  if (session.isError) return <Failure error={session.error} retry={() => void session.refetch()} />;
  if (!session.data.signedIn) return <SignIn />;
  return (
    <div className="flex h-full">
      <a href="#content" className="sr-only focus:not-sr-only focus:absolute focus:z-50 focus:bg-raised focus:p-2">
        To the content
      </a>
      <Side onShortcuts={() => setShortcuts(true)} />
      <main id="content" tabIndex={-1} className="min-w-0 flex-1 outline-none">
        <Outlet />
      </main>
      {shortcuts ? <Shortcuts onClose={() => setShortcuts(false)} /> : null}
    </div>
  );
}
