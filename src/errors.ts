/**
 * Every error that is Gradeway's own, as one table of code -> HTTP status and what to do about it.
 * This file imports nothing; who shows an error (the proxy in OpenAI's shape, the API, the command line) decides the form.
 */

interface ErrorKind {
  status: number;
  /** OpenAI's `error.type`, which its clients branch on. */
  type: 'invalid_request_error' | 'authentication_error' | 'permission_error' | 'not_found_error' | 'api_error';
  message: string;
}

export const ERRORS = {
  invalid_request: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request is not valid HTTP/1.1.',
  },
  invalid_target: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request target is not a path. Send the path only, such as /v1/chat/completions.',
  },
  invalid_directive: {
    status: 400,
    type: 'invalid_request_error',
    message: 'A Helicone-* or Gradeway-* header has a value that cannot be used.',
  },
  invalid_body: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The request body cannot be read as what its headers say it is.',
  },
  invalid_cursor: {
    status: 400,
    type: 'invalid_request_error',
    message: 'This cursor was not given by Gradeway, or for another question. Ask again without one.',
  },
  invalid_webhook: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The webhook cannot be created or changed like this.',
  },
  webhook_failed: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The receiver of the webhook did not take the test.',
  },
  invalid_host: {
    status: 400,
    type: 'invalid_request_error',
    message: 'The Host header names neither this machine nor a host allowed in server.allowedHosts.',
  },
  guardrail_blocked: {
    status: 400,
    type: 'invalid_request_error',
    message: 'A guardrail stopped this call. Its log, which log_id names, has what the evaluator said.',
  },
  upstream_not_configured: {
    status: 400,
    type: 'invalid_request_error',
    message: 'This upstream has no URL. Set GRADEWAY_UPSTREAM_<NAME>_URL or upstreams.<name>.url in gradeway.yaml.',
  },
  unauthorized: {
    status: 401,
    type: 'authentication_error',
    message:
      'A Gradeway key is needed: send Helicone-Auth: Bearer <key> on proxied calls, Authorization: Bearer <key> on the API.',
  },
  forbidden: {
    status: 403,
    type: 'permission_error',
    message: 'This key does not have the scope that the call needs.',
  },
  target_not_allowed: {
    status: 403,
    type: 'permission_error',
    message:
      'Helicone-Target-URL is off, or its host or address is not allowed. See targetUrl in gradeway.yaml: enabled, allowedHosts, allowedNetworks.',
  },
  not_found: { status: 404, type: 'not_found_error', message: 'There is nothing here.' },
  upstream_unknown: {
    status: 404,
    type: 'not_found_error',
    message: 'No upstream has this name. Use /v1/* for OpenAI or name an upstream in gradeway.yaml.',
  },
  method_not_allowed: { status: 405, type: 'invalid_request_error', message: 'This path does not take this method.' },
  conflict: {
    status: 409,
    type: 'invalid_request_error',
    message: 'Somebody else changed it meanwhile, or the name is taken.',
  },
  more_than_expected: {
    status: 409,
    type: 'invalid_request_error',
    message: 'More logs satisfy this than the call expects. None was deleted.',
  },
  lease_lost: {
    status: 409,
    type: 'invalid_request_error',
    message:
      'This lease is over, or its job has been brought to an end: nothing was changed. Renew leases before they run out.',
  },
  request_timeout: { status: 408, type: 'invalid_request_error', message: 'The request did not arrive in time.' },
  body_too_large: {
    status: 413,
    type: 'invalid_request_error',
    message: 'The request body is larger than limits.requestBodyBytes.',
  },
  validation_failed: { status: 422, type: 'invalid_request_error', message: 'Validation Failed' },
  question_too_large: {
    status: 422,
    type: 'invalid_request_error',
    message:
      'No index answers this question, and reading the logs one by one took too long. Ask for less time, or fewer conditions.',
  },
  too_many_open: {
    status: 429,
    type: 'invalid_request_error',
    message:
      'This project has as many exports, live streams or questions open as it may. Close one, or try again later.',
  },
  guardrail_failed: {
    status: 424,
    type: 'api_error',
    message: 'A guardrail could not look at this call, and refuses what it has not seen (onFailure: closed).',
  },
  headers_too_large: {
    status: 431,
    type: 'invalid_request_error',
    message: 'The request headers are larger than limits.headerBytes, or more than limits.headerCount.',
  },
  internal: {
    status: 500,
    type: 'api_error',
    message: 'Gradeway failed; the process log has the reason under this id.',
  },
  not_implemented: {
    status: 501,
    type: 'invalid_request_error',
    message: 'Gradeway does not do this (CONNECT tunnels and protocol upgrades are not proxied).',
  },
  upstream_unreachable: {
    status: 502,
    type: 'api_error',
    message: 'The upstream could not be reached, or its answer was not HTTP.',
  },
  store_unavailable: {
    status: 503,
    type: 'api_error',
    message: 'The store does not answer. Proxied calls go on and are spooled; try this again later.',
  },
  draining: { status: 503, type: 'api_error', message: 'Gradeway is shutting down. Send the call again.' },
  upstream_timeout: { status: 504, type: 'api_error', message: 'The upstream did not answer in time.' },
  invalid_setting: { status: 500, type: 'api_error', message: 'A setting is wrong.' },
  invalid_evaluator: { status: 500, type: 'api_error', message: 'An evaluator file cannot be used.' },
  store_unusable: { status: 500, type: 'api_error', message: 'The database cannot be opened.' },
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

export interface GatewayErrorOptions {
  /** Replaces the table's message; says what was wrong and what to do. */
  message?: string;
  cause?: unknown;
  /** What an answer in Helicone's 422 shape lists: field path -> what was wrong with it. */
  details?: Record<string, { message: string; value?: unknown }>;
}

export class GatewayError extends Error {
  readonly code: ErrorCode;
  readonly details: GatewayErrorOptions['details'];

  constructor(code: ErrorCode, options: GatewayErrorOptions = {}) {
    super(options.message ?? ERRORS[code].message, { cause: options.cause });
    this.name = 'GatewayError';
    this.code = code;
    this.details = options.details;
  }

  get status(): number {
    return ERRORS[this.code].status;
  }
}
