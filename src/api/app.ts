/**
 * Our HTTP interface: which method and path is ours (exactly those of the routes; everything else of /v1 goes upstream;
 * outside of it our paths are ours with every method), and the listener that answers it. What a route takes and gives
 * stands in its file; Host and size of headers are checked at ingress.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type HttpBindings, getRequestListener } from '@hono/node-server';
import { Hono } from 'hono';
import { GatewayError } from '../errors.ts';
import type { Principal } from '../model/key.ts';
import { isReserved } from '../model/reserved-names.ts';
import { admit } from './access.ts';
import { errorAnswer } from './answers.ts';
import { LeasedJobs } from './leases/leased-jobs.ts';
import type { ApiContext, ApiParts, Route } from './route.ts';
import { dashboardRoutes } from './routes/dashboard.ts';
import { healthRoutes } from './routes/health.ts';
import { asyncLogRoutes } from './routes/helicone/async-log.ts';
import { evalRoutes } from './routes/helicone/evals.ts';
import { propertyRoutes } from './routes/helicone/properties.ts';
import { requestQueryRoutes } from './routes/helicone/request-query.ts';
import { requestRoutes } from './routes/helicone/requests.ts';
import { scoreRoutes } from './routes/helicone/scores.ts';
import { sessionNoteRoutes } from './routes/helicone/session-notes.ts';
import { sessionRoutes } from './routes/helicone/sessions.ts';
import { userRoutes } from './routes/helicone/users.ts';
import { auditRoutes } from './routes/v1/audit.ts';
import { datapointRoutes } from './routes/v1/datasets/datapoints.ts';
import { datasetRoutes } from './routes/v1/datasets/datasets.ts';
import { datasetFileRoutes } from './routes/v1/datasets/files.ts';
import { runPostRoutes } from './routes/v1/runs/posts.ts';
import { runResultRoutes } from './routes/v1/runs/results.ts';
import { runRoutes } from './routes/v1/runs/runs.ts';
import { alertRoutes } from './routes/v1/alerts/alerts.ts';
import { deadLetterRoutes } from './routes/v1/dead-letters.ts';
import { docsRoutes } from './routes/v1/docs.ts';
import { humanQueueRoutes } from './routes/v1/human-queue.ts';
import { laterAnswerRoutes } from './routes/v1/later-answers.ts';
import { leaseRoutes } from './routes/v1/leases.ts';
import { logExportRoutes } from './routes/v1/log-export.ts';
import { logListRoutes } from './routes/v1/log-list.ts';
import { logRemovalRoutes } from './routes/v1/log-removal.ts';
import { evaluatorRoutes } from './routes/v1/evaluators/evaluators.ts';
import { pauseRoutes } from './routes/v1/evaluators/pauses.ts';
import { trialRoutes } from './routes/v1/evaluators/trial.ts';
import { evaluationRoutes } from './routes/v1/evaluations.ts';
import { logRoutes } from './routes/v1/logs.ts';
import { logStreamRoutes } from './routes/v1/log-stream.ts';
import { propertyRoutes as ownPropertyRoutes } from './routes/v1/properties.ts';
import { retentionRoutes } from './routes/v1/retention.ts';
import { ruleRoutes } from './routes/v1/rules.ts';
import { scoreRoutes as ownScoreRoutes } from './routes/v1/scores.ts';
import { comparisonRoutes } from './routes/v1/statistics/comparison.ts';
import { histogramRoutes } from './routes/v1/statistics/histogram.ts';
import { logStatisticsRoutes } from './routes/v1/statistics/logs.ts';
import { scoreStatisticsRoutes } from './routes/v1/statistics/scores.ts';
import { sessionRoutes as signInRoutes } from './routes/v1/session.ts';
import { seriesRoutes } from './routes/v1/statistics/series.ts';
import { VERSION } from './version.ts';
import { webhookRoutes } from './routes/helicone/webhooks.ts';

export type { ApiParts, Health } from './route.ts';

export interface Api {
  /** Whether this method and path (a query may follow it) is answered here. */
  handles(method: string, path: string): boolean;
  listener(incoming: IncomingMessage, outgoing: ServerResponse): void;
}

/** Every route of the API, in the order in which they are tried. */
export function apiRoutes(parts: ApiParts): Route[] {
  const leased = new LeasedJobs(parts);
  const described = [
    ...logListRoutes(parts),
    ...logExportRoutes(parts),
    ...logStreamRoutes(parts),
    ...logRoutes(parts),
    ...evaluationRoutes(parts),
    ...logRemovalRoutes(parts),
    ...ownScoreRoutes(parts),
    ...ownPropertyRoutes(parts),
    ...scoreStatisticsRoutes(parts),
    ...logStatisticsRoutes(parts),
    ...histogramRoutes(parts),
    ...seriesRoutes(parts),
    ...comparisonRoutes(parts),
    ...evaluatorRoutes(parts),
    ...ruleRoutes(parts),
    ...pauseRoutes(parts),
    ...trialRoutes(parts),
    ...deadLetterRoutes(parts),
    ...laterAnswerRoutes(parts),
    ...leaseRoutes(parts, leased),
    ...humanQueueRoutes(parts, leased),
    ...datasetRoutes(parts),
    ...datapointRoutes(parts),
    ...datasetFileRoutes(parts),
    ...runPostRoutes(parts),
    ...runResultRoutes(parts),
    ...runRoutes(parts),
    ...alertRoutes(parts),
    ...retentionRoutes(parts),
    ...auditRoutes(parts),
    ...signInRoutes(parts),
  ];
  return [
    ...scoreRoutes(parts),
    ...requestRoutes(parts),
    ...requestQueryRoutes(parts),
    ...propertyRoutes(parts),
    ...userRoutes(parts),
    ...sessionRoutes(parts),
    ...sessionNoteRoutes(parts),
    ...evalRoutes(parts),
    ...asyncLogRoutes(parts),
    ...webhookRoutes(parts),
    ...healthRoutes(parts),
    ...described,
    ...docsRoutes(described, VERSION),
  ];
}

export function createApi(parts: ApiParts): Api {
  const routes = [...apiRoutes(parts), ...dashboardRoutes(parts.dashboardFolder)];
  const app = new Hono<{ Bindings: HttpBindings; Variables: { principal: Principal } }>();
  for (const route of routes) app.on(route.method, route.path, (context) => answer(route, context, parts));
  for (const [path, methods] of methodsOfOwnPaths(routes))
    app.all(path, () => methodNotAllowed(path, methods, routes.find((route) => route.path === path)?.errors));
  app.notFound((context) =>
    errorAnswer(new GatewayError('not_found'), context.req.path.startsWith('/api') ? 'own' : undefined),
  );

  const listen = getRequestListener(app.fetch, {
    overrideGlobalObjects: false,
    // What the adapter itself cannot read, such as a Host header that is no host.
    errorHandler: () => errorAnswer(new GatewayError('invalid_target'), undefined),
  });
  return {
    handles: matcher(routes),
    listener: (incoming, outgoing) => void listen(incoming, outgoing),
  };
}

async function answer(route: Route, context: ApiContext, parts: ApiParts): Promise<Response> {
  try {
    if (route.scope !== undefined) context.set('principal', await admit(context, route.scope, parts));
    return await route.handle(context);
  } catch (error) {
    if (error instanceof GatewayError) return errorAnswer(error, route.errors);
    parts.logger.error({ err: error, route: `${route.method} ${route.path}` }, 'a route failed');
    return errorAnswer(new GatewayError('internal', { cause: error }), route.errors);
  }
}

/** Paths that no upstream can have, with the methods that they take. Of /v1 whatever is not a route belongs to OpenAI. */
function methodsOfOwnPaths(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const { method, path } of routes) {
    const name = path.split('/')[1]!;
    if (name === 'v1' || !isReserved(name)) continue;
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'GET' ? ['GET', 'HEAD'] : [method])]);
  }
  return methods;
}

function methodNotAllowed(path: string, methods: readonly string[], shape: Route['errors']): Response {
  const message = `${path} takes ${methods.join(' and ')} only.`;
  const refusal = errorAnswer(new GatewayError('method_not_allowed', { message }), shape);
  refusal.headers.set('allow', methods.join(', '));
  return refusal;
}

/** Paths without parameters are looked up; the few with one are tried in turn. */
function matcher(routes: readonly Route[]): Api['handles'] {
  const exact = new Set<string>();
  const patterns = new Map<string, RegExp[]>();
  const own = methodsOfOwnPaths(routes);
  for (const { method, path } of routes) {
    if (!path.includes('/:')) exact.add(`${method} ${path}`);
    else {
      // A segment of dots is no id: a URL parser would fold it away, and the path would be another one.
      const pattern = path.replaceAll(
        /\/:\w+(?:\{(.*?)\})?(?=\/|$)/g,
        (_whole, own?: string) => String.raw`/(?!(?:\.|%2[eE]){1,2}(?:/|$))${own ?? '[^/#\\\\]+'}`,
      );
      patterns.set(method, [...(patterns.get(method) ?? []), new RegExp(`^${pattern}$`)]);
    }
  }
  return (method, target) => {
    const asked = method === 'HEAD' ? 'GET' : method;
    const query = target.indexOf('?');
    const path = query === -1 ? target : target.slice(0, query);
    if (exact.has(`${asked} ${path}`) || own.has(path) || path === '/api' || path.startsWith('/api/')) return true;
    return patterns.get(asked)?.some((pattern) => pattern.test(path)) ?? false;
  };
}
