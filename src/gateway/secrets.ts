/** Secrets that a client puts into the query string: found so that they can be struck out, and hidden in what is stored. */

import { SECRET_QUERY_PARAMETERS } from '../providers/credential.ts';

const SECRET_PARAMETER = new RegExp(`([?&](?:${SECRET_QUERY_PARAMETERS.join('|')})=)([^&#]*)`, 'gi');

/** The path as a log keeps it: values of secret query parameters replaced. Found values are added to `credentials`. */
export function hideSecrets(path: string, credentials: string[]): string {
  const query = path.indexOf('?');
  if (query === -1) return path;
  const shown = path.slice(query).replaceAll(SECRET_PARAMETER, (_all, name: string, value: string) => {
    if (value !== '') {
      credentials.push(value);
      const decoded = decode(value);
      if (decoded !== value) credentials.push(decoded);
    }
    return `${name}REDACTED`;
  });
  return path.slice(0, query) + shown;
}

/** Whether the query carries a credential for the upstream, as Gemini's `?key=` does. */
export function hasQueryCredential(path: string): boolean {
  const query = path.indexOf('?');
  return query !== -1 && /[?&](?:key|api[-_]?key)=[^&#]/i.test(path.slice(query));
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
