/** First segments of the dashboard's addresses. No upstream is called so. Imports nothing: the dashboard has it too. */
export const PAGE_NAMES = [
  'overview',
  'logs',
  'scores',
  'evaluators',
  'queue',
  'datasets',
  'runs',
  'properties',
  'users',
  'sessions',
  'playground',
  'settings',
  'sign-in',
] as const;
