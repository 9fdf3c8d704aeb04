/**
 * How answers and errors look on the wire: those of Helicone's paths as its clients read them, those of /api/v1 in one
 * shape of our own. Statuses are errors.ts's.
 */
import { GatewayError } from '../errors.ts';
import type { ErrorShape } from './route.ts';

const HEADERS = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...HEADERS, 'content-type': 'application/json; charset=utf-8', ...headers },
  });
}

export function text(body: string, status = 200, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, 'content-type': 'text/plain; charset=utf-8', ...headers },
  });
}

/** An error of ours as the route's clients expect it. */
export function errorAnswer(error: GatewayError, shape: ErrorShape | undefined): Response {
  const { code, status, message, details } = error;
  const headers = { 'gradeway-error': code };
  if (shape === 'own')
    return json({ error: details === undefined ? { code, message } : { code, message, details } }, status, headers);
  if (shape === 'asyncLog') {
    if (code === 'unauthorized') return text('Unauthorized', 401, headers);
    // Helicone answers 400 to a body that is too large here, and so to everything that is wrong with one.
    if (code === 'body_too_large') return json({ error: 'Payload too large' }, 400, headers);
    if (code === 'validation_failed') return json({ error: listed(details) }, 400, headers);
    return json({ error: message }, status, headers);
  }
  if (shape === 'plain') return json({ error: message }, status, headers);
  if (code === 'unauthorized') return json({ error: message, trace: 'isAuthenticated.error' }, 401, headers);
  if (code === 'validation_failed') return json({ message: 'Validation Failed', details }, 422, headers);
  return json({ data: null, error: message }, status, headers);
}

/** A body of megabytes can have a mistake in each of its keys; its sender needs the first ones. */
const PROBLEMS_SHOWN = 50;

/** Throws 422 with these fields; does nothing where there are none. */
export function refuse(problems: ReadonlyMap<string, { message: string; value?: unknown }>): void {
  if (problems.size === 0) return;
  const shown = [...problems]
    .slice(0, PROBLEMS_SHOWN)
    .map(([at, { message, value }]) => [at, { message, value: shortened(value) }] as const);
  throw new GatewayError('validation_failed', { details: Object.fromEntries(shown) });
}

function listed(details: GatewayError['details']): string {
  return Object.entries(details ?? {})
    .map(([at, { message }]) => `${at}: ${message}`)
    .join('; ');
}

/** A wrong value goes back to whoever sent it, but not megabytes of it. */
function shortened(value: unknown): unknown {
  const written = JSON.stringify(value);
  return written === undefined || written.length <= 1000 ? value : `${written.slice(0, 1000)}...`;
}
