/**
 * Light or dark: as the system is, or as was chosen. The choice is a cookie, which the server reads, so that a page begins in
 * its own colours (api/routes/dashboard.ts).
 */
import { useSyncExternalStore } from 'react';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const YEAR_SECONDS = 365 * 86_400;
const listeners = new Set<() => void>();

function chosenTheme(): Theme {
  const said = document.documentElement.dataset.theme;
  return said === 'light' || said === 'dark' ? said : 'system';
}

export function chooseTheme(theme: Theme): void {
  if (theme === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const maxAge = theme === 'system' ? 0 : YEAR_SECONDS;
  document.cookie = `gradeway-theme=${theme}; Path=/; Max-Age=${maxAge}; SameSite=Strict`;
  for (const listener of listeners) listener();
}

export function useTheme(): Theme {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, chosenTheme);
}
