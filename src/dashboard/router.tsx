/** Which page is at which address. Each page is a file that is fetched when it is first gone to. */
import { createRootRoute, createRoute, createRouter, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { Empty, Failure, Loading } from './parts/states.tsx';
import { Shell } from './shell/shell.tsx';
import { parseSearch, stringifySearch } from './words/search.ts';

const root = createRootRoute({
  component: Shell,
  notFoundComponent: () => <Empty title="There is no such page">The address may be mistyped.</Empty>,
});

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  beforeLoad: () => {
    // oxlint-disable-next-line typescript/only-throw-error -- so the router wants it
    throw redirect({ to: '/overview' });
  },
});

const overview = createRoute({
  getParentRoute: () => root,
  path: '/overview',
  validateSearch: (search: Record<string, unknown>): { range?: string; where?: string | undefined } =>
    texts(search, ['range', 'where']),
  component: lazyRouteComponent(() => import('./pages/overview/overview-page.tsx')),
});

const logs = createRoute({
  getParentRoute: () => root,
  path: '/logs',
  validateSearch: (search: Record<string, unknown>): { range?: string; where?: string; columns?: string } =>
    texts(search, ['range', 'where', 'columns']),
  component: lazyRouteComponent(() => import('./pages/logs/logs-page.tsx')),
});

const log = createRoute({
  getParentRoute: () => root,
  path: '/logs/$id',
  validateSearch: (search: Record<string, unknown>): { tab?: string } => texts(search, ['tab']),
  component: lazyRouteComponent(() => import('./pages/log/log-page.tsx')),
});

const scores = createRoute({
  getParentRoute: () => root,
  path: '/scores',
  validateSearch: (search: Record<string, unknown>): { range?: string; where?: string | undefined } =>
    texts(search, ['range', 'where']),
  component: lazyRouteComponent(() => import('./pages/scores/scores-page.tsx')),
});

const score = createRoute({
  getParentRoute: () => root,
  path: '/scores/$name',
  validateSearch: (search: Record<string, unknown>): { range?: string; where?: string | undefined } =>
    texts(search, ['range', 'where']),
  component: lazyRouteComponent(() => import('./pages/scores/score-page.tsx')),
});

const evaluators = createRoute({
  getParentRoute: () => root,
  path: '/evaluators',
  component: lazyRouteComponent(() => import('./pages/evaluators/evaluators-page.tsx')),
});

const newEvaluator = createRoute({
  getParentRoute: () => root,
  path: '/evaluators/new',
  component: lazyRouteComponent(() => import('./pages/evaluators/new-evaluator-page.tsx')),
});

const evaluator = createRoute({
  getParentRoute: () => root,
  path: '/evaluators/$name',
  validateSearch: (search: Record<string, unknown>): { tab?: string } => texts(search, ['tab']),
  component: lazyRouteComponent(() => import('./pages/evaluators/evaluator-page.tsx')),
});

const datasets = createRoute({
  getParentRoute: () => root,
  path: '/datasets',
  component: lazyRouteComponent(() => import('./pages/datasets/datasets-page.tsx')),
});

const dataset = createRoute({
  getParentRoute: () => root,
  path: '/datasets/$name',
  validateSearch: (search: Record<string, unknown>): { tab?: string; version?: string } =>
    texts(search, ['tab', 'version']),
  component: lazyRouteComponent(() => import('./pages/datasets/dataset-page.tsx')),
});

const runs = createRoute({
  getParentRoute: () => root,
  path: '/runs',
  component: lazyRouteComponent(() => import('./pages/runs/runs-page.tsx')),
});

const newRun = createRoute({
  getParentRoute: () => root,
  path: '/runs/new',
  validateSearch: (search: Record<string, unknown>): { dataset?: string } => texts(search, ['dataset']),
  component: lazyRouteComponent(() => import('./pages/runs/new-run-page.tsx')),
});

const run = createRoute({
  getParentRoute: () => root,
  path: '/runs/$id',
  validateSearch: (search: Record<string, unknown>): { baseline?: string } => texts(search, ['baseline']),
  component: lazyRouteComponent(() => import('./pages/runs/run-page.tsx')),
});

/** Of what an address says, the members that the page knows. */
function texts<Name extends string>(search: Record<string, unknown>, names: Name[]): Partial<Record<Name, string>> {
  const read: Partial<Record<Name, string>> = {};
  for (const name of names) if (typeof search[name] === 'string') read[name] = search[name];
  return read;
}

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    overview,
    logs,
    log,
    scores,
    score,
    evaluators,
    newEvaluator,
    evaluator,
    datasets,
    dataset,
    runs,
    newRun,
    run,
  ]),
  parseSearch,
  stringifySearch,
  defaultPreload: 'intent',
  defaultPendingComponent: () => <Loading />,
  defaultErrorComponent: ({ error, reset }) => <Failure error={error} retry={reset} />,
  scrollRestoration: true,
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}
