/** Stretches of a text that are to be struck out, and striking them out. Finding them is left to rules.ts. */

export interface Span {
  from: number;
  /** Behind the last character. */
  to: number;
  /** What stands there instead; empty for the rest of what began in an earlier piece, where it has been said. */
  label: string;
}

/** In order, those that overlap as one, under the label of the first. */
export function mergeSpans(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans.toSorted(inOrder)) {
    const last = merged.at(-1);
    if (last === undefined || span.from >= last.to) merged.push({ ...span });
    else last.to = Math.max(last.to, span.to);
  }
  return merged;
}

function inOrder(a: Span, b: Span): number {
  return a.from - b.from || Math.sign(a.label.length) - Math.sign(b.label.length) || b.to - a.to;
}

/** The text with merged spans replaced by their labels. */
export function strikeOut(text: string, spans: readonly Span[]): string {
  let result = '';
  let at = 0;
  for (const { from, to, label } of spans) {
    result += text.slice(at, from) + label;
    at = to;
  }
  return result + text.slice(at);
}
