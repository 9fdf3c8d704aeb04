/** The side: the pages, the theme, who is signed in. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { Keyboard, LogOut, Monitor, Moon, Sun } from 'lucide-react';
import { sessionQuery, signOut } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { PAGES } from './pages.ts';
import { chooseTheme, THEMES, useTheme } from './theme.ts';

const THEME_ICONS = { system: Monitor, light: Sun, dark: Moon };

export function Side({ onShortcuts }: { onShortcuts: () => void }) {
  return (
    <nav aria-label="Pages" className="flex w-12 shrink-0 flex-col border-r border-line bg-page lg:w-44">
      <Link to="/" className="flex h-12 items-center gap-2 px-3 font-semibold lg:px-4">
        <Mark />
        <span className="hidden lg:inline">Gradeway</span>
      </Link>
      <div className="min-h-0 flex-1 overflow-y-auto px-2">
        {PAGES.map((group) => (
          <ul key={group[0]!.path} className="border-line py-2 not-first:border-t">
            {group.map(({ path, label, key, icon: Icon }) => (
              <li key={path}>
                <Link
                  to={path}
                  title={`${label} (g ${key})`}
                  className="flex h-7.5 items-center gap-2 rounded-md px-2 text-soft hover:bg-hover hover:text-ink"
                  activeProps={{ className: 'bg-accent-wash text-ink font-medium' }}
                  activeOptions={{ exact: path === '/', includeSearch: false }}
                >
                  <Icon aria-hidden className="size-4 shrink-0" />
                  <span className="sr-only lg:not-sr-only">{label}</span>
                </Link>
              </li>
            ))}
          </ul>
        ))}
      </div>
      <Foot onShortcuts={onShortcuts} />
    </nav>
  );
}

function Foot({ onShortcuts }: { onShortcuts: () => void }) {
  const theme = useTheme();
  const client = useQueryClient();
  const { data: session } = useQuery(sessionQuery);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const Icon = THEME_ICONS[theme];
  const leave = async (): Promise<void> => {
    const session = await signOut();
    client.clear();
    client.setQueryData(sessionQuery.queryKey, session);
  };
  return (
    <div className="flex flex-col gap-1 border-t border-line p-2 lg:flex-row">
      <Button
        look="quiet"
        size="icon"
        aria-label={`Theme: ${theme}. Change to ${next}`}
        title={`Theme: ${theme}`}
        onClick={() => chooseTheme(next)}
      >
        <Icon aria-hidden className="size-4" />
      </Button>
      <Button look="quiet" size="icon" aria-label="Keys" title="Keys (?)" onClick={onShortcuts}>
        <Keyboard aria-hidden className="size-4" />
      </Button>
      {session?.untilMs == null ? null : (
        <Button look="quiet" size="icon" aria-label="Sign out" title="Sign out" onClick={() => void leave()}>
          <LogOut aria-hidden className="size-4" />
        </Button>
      )}
    </div>
  );
}

function Mark() {
  return (
    <svg aria-hidden viewBox="0 0 16 16" className="size-5 shrink-0 text-accent">
      <rect width="16" height="16" rx="4" fill="currentColor" />
      <path d="M4 11.5V9m4 2.5v-5m4 5v-8" className="stroke-accent-ink" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
