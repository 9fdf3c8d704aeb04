/**
 * How the process is.
 *
 *     GET /healthz   -> 200 { status: "ok" }                  it answers at all
 *     GET /readyz    -> 200 or 503 { status, checks }         the store takes writes, recorder and queue move
 *     GET /metrics   -> Prometheus' text format; needs the scope read where keys exist
 */
import { json } from '../answers.ts';
import type { ApiParts, Route } from '../route.ts';

export function healthRoutes(parts: ApiParts): Route[] {
  const { registry } = parts.metrics;
  return [
    { method: 'GET', path: '/healthz', scope: undefined, handle: () => json({ status: 'ok' }) },
    {
      method: 'GET',
      path: '/readyz',
      scope: undefined,
      async handle() {
        const { ready, checks } = await parts.health();
        return json({ status: ready ? 'ready' : 'not ready', checks }, ready ? 200 : 503);
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      scope: 'read',
      errors: 'plain',
      async handle() {
        // Counts of jobs are taken when somebody asks.
        await parts.health();
        const body = await registry.metrics();
        return new Response(body, {
          headers: { 'content-type': registry.contentType, 'cache-control': 'no-store' },
        });
      },
    },
  ];
}
