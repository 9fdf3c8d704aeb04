/**
 * Whether a request comes from a page of another site that a browser shows: such a page can send one without knowing
 * anything, and without being asked to. What is refused to it, is decided by whoever asks.
 */

/** The three headers that tell. Programs send neither of the first two. */
export interface SiteHeaders {
  /** Sec-Fetch-Site: the browser's own word, which no page can change. */
  site: string | undefined;
  /** Origin, for browsers and connections without that. */
  origin: string | undefined;
  host: string | undefined;
}

export function isFromOtherSite({ site, origin, host }: SiteHeaders): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  if (origin === undefined) return false;
  const own = host === undefined ? undefined : URL.parse(`http://${host}`)?.host;
  // An opaque origin (`null`) is no URL, and nobody's own.
  return own === undefined || URL.parse(origin)?.host !== own;
}
