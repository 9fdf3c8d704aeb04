/** Times and foreign texts as a terminal shows them. */

/** To the second, in UTC. */
export function day(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19)}Z`;
}

/** One line that cannot rewrite the terminal, of at most 120 characters. */
export function shownText(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are what is taken out
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ').slice(0, 120);
}
