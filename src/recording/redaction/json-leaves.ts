/**
 * The texts and long numbers of JSON with where they stand, so that one can be replaced and all else stays byte for byte. It reads
 * on where the JSON is cut off or wrong, and knows no depth: whatever is between quotes is a text.
 */

/** A stretch of a body that can be replaced by itself. */
export interface Leaf {
  from: number;
  to: number;
  /** What it says, without escapes. */
  text: string;
  kind: 'string' | 'number' | 'plain';
  /** Where in its document: pieces of one text that come one after another have the same. */
  path: string;
}

/** Numbers of fewer digits say nothing of anybody. */
const LONG_NUMBER = /-?\d[\d.eE+-]{6,}/g;
/** So many of the innermost names make a path. */
const PATH_DEPTH = 16;

interface Frame {
  isArray: boolean;
  /** Of an object: the last key; of an array: how many elements came before. */
  key: string;
  count: number;
  /** Value of a member `index`: which of several texts a piece belongs to. */
  index: string;
}

/** Appends the leaves of [from, to). Several documents may follow each other. */
export function appendJsonLeaves(leaves: Leaf[], text: string, from: number, to: number): void {
  const frames: Frame[] = [];
  let isKey = false;
  let outside = from;
  const leaveOutside = (end: number): void => {
    if (end > outside) readOutside(outside, end);
  };
  const readOutside = (begin: number, end: number): void => {
    const part = text.slice(begin, end);
    for (const { 0: digits, index } of part.length < 7 ? [] : part.matchAll(LONG_NUMBER)) {
      const at = begin + index;
      leaves.push({ from: at, to: at + digits.length, text: digits, kind: 'number', path: `${at}` });
    }
    for (let at = 0; at < part.length; at += 1) {
      const frame = frames.at(-1);
      switch (part.charCodeAt(at)) {
        case 0x7b: // {
        case 0x5b: // [
          isKey = part[at] === '{';
          frames.push({ isArray: !isKey, key: '', count: 0, index: '' });
          break;
        case 0x7d: // }
        case 0x5d: // ]
          frames.pop();
          break;
        case 0x2c: // ,
          if (frame) frame.count += 1;
          isKey = frame !== undefined && !frame.isArray;
          break;
        case 0x3a: // :
          isKey = false;
          if (frame?.key === 'index') frame.index = /^\s*(\d{1,9})/.exec(part.slice(at + 1, at + 20))?.[1] ?? '';
          break;
      }
    }
  };
  for (let at = text.indexOf('"', from); at !== -1 && at < to; at = text.indexOf('"', outside)) {
    leaveOutside(at);
    const end = Math.min(endOfText(text, at + 1), to);
    const raw = text.slice(at + 1, end);
    const said = raw.includes('\\') ? unescaped(raw) : raw;
    const frame = frames.at(-1);
    if (isKey && frame) frame.key = said;
    leaves.push({ from: at + 1, to: end, text: said, kind: 'string', path: pathOf(frames, isKey) });
    outside = end + 1;
    if (outside >= to) return;
  }
  leaveOutside(to);
}

/** Where a text ends that begins here: at its closing quote, or where nothing follows. */
function endOfText(text: string, from: number): number {
  for (let end = text.indexOf('"', from); end !== -1; end = text.indexOf('"', end + 1)) {
    let escapes = 0;
    while (end - escapes > from && text.charCodeAt(end - escapes - 1) === 0x5c) escapes += 1;
    if (escapes % 2 === 0) return end;
  }
  return text.length;
}

function unescaped(raw: string): string {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    // Cut off within an escape, or with control characters in it.
    return raw;
  }
}

/** Documents that follow each other, and the elements of an outermost array, are alike: streams are of both forms. */
function pathOf(frames: readonly Frame[], isKey: boolean): string {
  const inner = frames.slice(-PATH_DEPTH);
  const names = inner.map((frame) =>
    frame.isArray ? (frame === frames[0] ? '*' : frame.count) : `${frame.key}#${frame.index}`,
  );
  return `${frames.length}${isKey ? ' key' : ''} ${names.join('/')}`;
}
