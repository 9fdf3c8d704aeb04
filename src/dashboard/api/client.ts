/** The one way in which the dashboard asks the API: JSON both ways, errors as values of one class. */

/** What the API refused, or that it could not be reached (`status` 0). */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string;
  /** Place in the request -> what is wrong there. */
  readonly details: Record<string, string>;

  constructor(status: number, code: string, message: string, details: Record<string, string> = {}) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.code = code;
    this.details = details;
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

interface ErrorBody {
  error?: { code?: string; message?: string; details?: Record<string, { message: string }> };
}

/** Asks a route of /api/v1 (`path` without that); a file is sent as it is, anything else as JSON. Throws ApiError. */
export async function ask<Answer>(method: Method, path: string, body?: unknown, signal?: AbortSignal): Promise<Answer> {
  let response: Response;
  try {
    response = await fetch(`/api/v1${path}`, {
      method,
      signal: signal ?? null,
      ...sent(body),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'unreachable', 'The gateway does not answer. It may be starting anew.');
  }
  const text = await response.text();
  if (response.ok) return (text === '' ? undefined : JSON.parse(text)) as Answer;
  throw errorOf(response.status, text);
}

function sent(body: unknown): RequestInit {
  if (body === undefined) return {};
  if (body instanceof Blob) return { body, headers: { 'content-type': 'application/octet-stream' } };
  return { body: JSON.stringify(body), headers: { 'content-type': 'application/json; charset=utf-8' } };
}

function errorOf(status: number, text: string): ApiError {
  let said: ErrorBody['error'];
  try {
    said = (JSON.parse(text) as ErrorBody).error;
  } catch {
    said = undefined;
  }
  const details = Object.fromEntries(Object.entries(said?.details ?? {}).map(([at, { message }]) => [at, message]));
  return new ApiError(status, said?.code ?? 'unknown', said?.message ?? `The gateway answered ${status}.`, details);
}

/** A query string of what is given; undefined and null are left out. */
export function queryOf(values: Record<string, string | number | boolean | null | undefined>): string {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== null);
  return given.length === 0 ? '' : `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
}
