/**
 * Applying rules to whole bodies as text: to what JSON says and not to how it is written, and to the text that the pieces of a
 * stream make together, since a model's answer comes in tokens and no token is an address. What no rule finds stays byte for byte.
 */
import { appendJsonLeaves, type Leaf } from './json-leaves.ts';
import type { RedactionRules } from './rules.ts';
import { mergeSpans, type Span, strikeOut } from './spans.ts';

/** Between texts that have nothing to do with each other. */
const BETWEEN = '\n';

/** A body without what the rules find; the same text where that is nothing. */
export function redactText(text: string, rules: RedactionRules): string {
  const leaves = leavesOf(text);
  const found = leaves.map((): Span[] => []);
  findInEach(leaves, rules, found);
  for (const pieces of runsOf(leaves)) findInRun(leaves, pieces, rules, found);
  if (found.every((spans) => spans.length === 0)) return text;
  let result = '';
  let at = 0;
  for (const [index, leaf] of leaves.entries()) {
    if (found[index]!.length === 0) continue;
    result += text.slice(at, leaf.from) + written(leaf, strikeOut(leaf.text, mergeSpans(found[index]!)));
    at = leaf.to;
  }
  return result + text.slice(at);
}

function leavesOf(text: string): Leaf[] {
  const leaves: Leaf[] = [];
  if (/^\ufeff?\s*[[{]/.test(text)) appendJsonLeaves(leaves, text, 0, text.length);
  else if (/^\ufeff?(?:data|event|id|retry)?:/.test(text)) appendEventLeaves(leaves, text);
  else leaves.push(plain(text, 0, text.length));
  return leaves;
}

/** Of an event stream: its data where that is JSON, and every other line as it is. */
function appendEventLeaves(leaves: Leaf[], text: string): void {
  for (let from = 0; from < text.length;) {
    const feed = text.indexOf('\n', from);
    const end = feed === -1 ? text.length : feed;
    const data = text.startsWith('data:', from) ? from + 5 : from;
    const at = text.charCodeAt(data) === 0x20 ? data + 1 : data;
    if (data > from && (text[at] === '{' || text[at] === '[')) appendJsonLeaves(leaves, text, at, end);
    else if (end > at) leaves.push(plain(text, at, end));
    from = end + 1;
  }
}

function plain(text: string, from: number, to: number): Leaf {
  return { from, to, text: text.slice(from, to), kind: 'plain', path: `${from}` };
}

/** Looks at every leaf by itself: at all of them at once where that is the same, which it nearly always is. */
function findInEach(leaves: readonly Leaf[], rules: RedactionRules, found: Span[][]): void {
  if (!rules.isAnchored) {
    const pieces = leaves.map((_, index) => index);
    const spans = rules.find(leaves.map(({ text }) => text).join(BETWEEN));
    if (spans.length === 0) return;
    const crossing = share(leaves, pieces, spans, BETWEEN.length, found);
    if (!crossing) return;
    for (const list of found) list.length = 0;
  }
  for (const [index, { text }] of leaves.entries()) found[index]!.push(...rules.find(text));
}

/** The pieces of texts that come piece by piece. What is the same in every piece is none of them, such as an id. */
function runsOf(leaves: readonly Leaf[]): number[][] {
  const byPath = new Map<string, number[]>();
  for (const [index, { kind, path }] of leaves.entries()) {
    if (kind !== 'string') continue;
    const pieces = byPath.get(path);
    if (pieces === undefined) byPath.set(path, [index]);
    else pieces.push(index);
  }
  return [...byPath.values()].filter((pieces) =>
    pieces.some((index) => leaves[index]!.text !== leaves[pieces[0]!]!.text),
  );
}

function findInRun(leaves: readonly Leaf[], pieces: readonly number[], rules: RedactionRules, found: Span[][]): void {
  const spans = rules.find(pieces.map((index) => leaves[index]!.text).join(''));
  if (spans.length > 0) share(leaves, pieces, spans, 0, found);
}

/**
 * Gives each piece its share of the spans of all: the label to the one in which a span begins. Whether a span is in more
 * than one of them.
 */
function share(
  leaves: readonly Leaf[],
  pieces: readonly number[],
  spans: readonly Span[],
  between: number,
  found: Span[][],
): boolean {
  let isCrossing = false;
  let begin = 0;
  let first = 0;
  for (const index of pieces) {
    const end = begin + leaves[index]!.text.length;
    while (first < spans.length && spans[first]!.to <= begin) first += 1;
    for (let at = first; at < spans.length && spans[at]!.from < end; at += 1) {
      const { from, to, label } = spans[at]!;
      isCrossing ||= from < begin || to > end;
      found[index]!.push({
        from: Math.max(from, begin) - begin,
        to: Math.min(to, end) - begin,
        label: from < begin ? '' : label,
      });
    }
    begin = end + between;
  }
  return isCrossing;
}

/** A leaf's new text as it is written: a number becomes a string. */
function written({ kind }: Leaf, text: string): string {
  if (kind === 'plain') return text;
  const json = JSON.stringify(text);
  return kind === 'number' ? json : json.slice(1, -1);
}
