/**
 * Secrets in query strings: which names carry them, however they are written, and their values struck out. It reads any
 * text, also one that no URL parser takes. Which header carries a credential is credential.ts's.
 */

/** Google's `key`, Azure's `sig`, and what else is a secret under a short name. Compared as `plainName` has them. */
const SECRET_NAMES = new Set(['key', 'token', 'auth', 'authorization', 'bearer', 'sig', 'pwd', 'pass', 'jwt']);
/** `api-key`, `X-Amz-Security-Token`, `client_secret`: whatever stands before these. Not `token` alone: `pageToken`. */
const SECRET_ENDING =
  /(?:(?:api|access|secret|subscription|private|auth)key|(?:api|access|auth|bearer|id|refresh|security|session)token|secret|password|passwd|signature|credentials?|awsaccesskeyid)$/;
/** Those of them that an upstream takes as its own credential. */
const UPSTREAM_CREDENTIALS = new Set(['key', 'apikey']);

/** The text with values of secret parameters replaced. Found values are added to `credentials`, as sent and as decoded. */
export function hideSecrets(text: string, credentials: string[]): string {
  if (!text.includes('=')) return text;
  return text.replaceAll(/[^?&#]+/g, (piece) => {
    const start = secretValue(piece, isSecret);
    if (start === undefined) return piece;
    const value = piece.slice(start);
    if (value !== '') {
      credentials.push(value);
      const decoded = decode(value);
      if (decoded !== value) credentials.push(decoded);
    }
    return `${piece.slice(0, start)}REDACTED`;
  });
}

/** Whether the query carries a credential for the upstream, as Gemini's `?key=` does. */
export function hasQueryCredential(path: string): boolean {
  const query = path.indexOf('?');
  if (query === -1) return false;
  return path
    .slice(query)
    .split(/[?&#]/)
    .some((piece) => {
      const start = secretValue(piece, (name) => UPSTREAM_CREDENTIALS.has(name));
      return start !== undefined && start < piece.length;
    });
}

/** Where the value of a secret begins. Some servers part parameters by `;`; the value itself may have any in it. */
function secretValue(piece: string, isWanted: (name: string) => boolean): number | undefined {
  for (let from = 0; ;) {
    const equals = piece.indexOf('=', from);
    if (equals === -1) return undefined;
    const name = piece.slice(Math.max(from, piece.lastIndexOf(';', equals) + 1), equals);
    if (isWanted(plainName(name))) return equals + 1;
    from = equals + 1;
  }
}

function isSecret(name: string): boolean {
  return SECRET_NAMES.has(name) || SECRET_ENDING.test(name);
}

/** Decoded, in lower case, letters only: `Api-Key`, `api_key`, `a%70ikey` and `apiKey[]` are one name. */
function plainName(name: string): string {
  return name
    .replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .toLowerCase()
    .replaceAll(/[^a-z]/g, '');
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
