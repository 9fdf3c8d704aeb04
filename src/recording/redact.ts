/**
 * Redaction: what must never be written is struck out before anything else sees a body. Here it is the credentials of
 * the call itself, which error messages like to echo. Headers need none of this: only an allow-list of them is captured.
 */

/** Shorter texts are no credentials, and striking them out would maim bodies. */
const SHORTEST = 8;
const MASK = 0x2a;

/** The body with every occurrence of a credential overwritten by `*`; the same bytes where there is none. */
export function redact(body: Uint8Array, credentials: readonly string[]): Uint8Array {
  const view = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  let copy: Buffer | undefined;
  for (const credential of credentials) {
    if (credential.length < SHORTEST) continue;
    for (let at = view.indexOf(credential); at !== -1; at = view.indexOf(credential, at + 1)) {
      copy ??= Buffer.from(view);
      copy.fill(MASK, at, at + Buffer.byteLength(credential));
    }
  }
  return copy ?? body;
}

/** A text with every occurrence of a credential replaced. */
export function redactText(text: string, credentials: readonly string[]): string {
  let result = text;
  for (const credential of credentials)
    if (credential.length >= SHORTEST && result.includes(credential)) result = result.replaceAll(credential, '***');
  return result;
}
