/** An instant as Helicone's rows write it. Date refuses years that nobody's clock shows; a client's own timings may. */
export function isoTime(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? new Date(0).toISOString() : date.toISOString();
}
