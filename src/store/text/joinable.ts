/** Which segments become one: small ones as they come, so that a part is looked up in few, and each word is kept a few times only. */

/** The largest segments: a part is looked up in each, and each word costs its letters in each. */
export const SEGMENT_WIDTH = 32_768;
/** So many neighbours of about the same size become one. */
const JOINED = 8;

/** The newest segments that are to become one: `JOINED` of about the size of the last, or as many as fill one; or none. */
export function joinable<Row extends { width: number }>(segments: readonly Row[]): Row[] {
  const classOf = (row: Row): number => Math.floor(Math.log(row.width) / Math.log(JOINED));
  const run: Row[] = [];
  let width = 0;
  for (const row of segments.toReversed()) {
    // Smaller ones between larger ones, left by a slow time, are taken along.
    if (run.length > 0 && classOf(row) > classOf(run.at(-1)!)) break;
    if (width + row.width > SEGMENT_WIDTH) return run.length > 1 ? run : [];
    run.unshift(row);
    width += row.width;
  }
  return run.length >= JOINED || (run.length > 1 && width === SEGMENT_WIDTH) ? run : [];
}
