/**
 * From a request target to the name of an upstream and the rest of the path, whose bytes stay as they came: nothing is
 * decoded, normalised or joined. Where that upstream is, is left to target.ts.
 *
 *     /v1/gateway/oai/v1/models  -> openai, /v1/models      (Helicone's self-hosted form; also anthropic)
 *     /v1/models                 -> the default upstream, /v1/models
 *     /groq/v1/models?limit=2    -> groq, /v1/models?limit=2
 */

export interface Route {
  /** Undefined: the default upstream. Empty where the target names none. */
  name: string | undefined;
  /** Path and query for the upstream, after its base path. */
  rest: string;
}

const GATEWAY = '/v1/gateway/';
const GATEWAY_NAMES = new Map([
  ['oai', 'openai'],
  ['anthropic', 'anthropic'],
]);

/** Whether a request target is a path; absolute form, authority form and `*` are not (RFC 9112, 3.2). */
export function isPath(requestTarget: string): boolean {
  return requestTarget.charCodeAt(0) === 0x2f;
}

/** Splits a path. An unknown name of the gateway form comes back as it stands there. */
export function readRoute(path: string): Route {
  if (path.startsWith(GATEWAY)) {
    const { name, rest } = split(path, GATEWAY.length);
    return { name: GATEWAY_NAMES.get(name) ?? `gateway/${name}`, rest };
  }
  if (path.startsWith('/v1/')) return { name: undefined, rest: path };
  return split(path, 1);
}

function split(path: string, from: number): { name: string; rest: string } {
  let end = from;
  while (end < path.length && path[end] !== '/' && path[end] !== '?' && path[end] !== '#') end += 1;
  return { name: path.slice(from, end), rest: path.slice(end) };
}
