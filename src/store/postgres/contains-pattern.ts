/**
 * Whether a text contains a part, without case as JavaScript understands it, in a regular expression of PostgreSQL. The server's
 * own lower() knows what its locale knows; so the expression says for each character of the part which ones become it in
 * `toLowerCase`, the special ones included: İ, which becomes two, and Σ, which depends on where in its word it stands.
 */

/** Behind it no character has another one in lower case. */
const LAST_CASED = 0x1_ffff;
/** Between the two there are no characters that belong to words. */
const TAGS = 0xe_0000;
const LAST_CLASSED = 0xe_0200;
const DOTTED_I = 0x130;
const SMALL_I = 0x69;
const DOT_ABOVE = 0x307;
const CAPITAL_SIGMA = 0x3a3;
const SIGMA = 0x3c3;
const FINAL_SIGMA = 0x3c2;

/** The expression; undefined where no stored text can contain the part: they have no U+0000 and no lone surrogates. */
export function containsPattern(part: string): string | undefined {
  const characters = Array.from(part.toLowerCase(), (character) => character.codePointAt(0)!);
  let pattern = '';
  for (const [index, character] of characters.entries()) {
    const isFirst = index === 0;
    const isLast = index === characters.length - 1;
    if (character === 0) return undefined;
    if (character >= 0xd800 && character < 0xe000) {
      // Half of a pair, at an end of the part: the other half may be any.
      const isHigh = character < 0xdc00;
      if (isHigh ? !isLast : !isFirst) return undefined;
      pattern += half(character, isHigh);
    } else if (character === SMALL_I && characters[index + 1] === DOT_ABOVE) {
      pattern += `(?:${oneOf(sources(SMALL_I))}${escaped(DOT_ABOVE)}|${escaped(DOTTED_I)})`;
    } else if (character === DOT_ABOVE && !isFirst && characters[index - 1] === SMALL_I) {
      // Taken by what is before it.
    } else if (character === DOT_ABOVE && isFirst) {
      pattern += oneOf([DOT_ABOVE, DOTTED_I]);
    } else if (character === SMALL_I && isLast) {
      pattern += oneOf([...sources(SMALL_I), DOTTED_I]);
    } else if (character === SIGMA || character === FINAL_SIGMA) {
      pattern += sigma(character);
    } else {
      pattern += oneOf(sources(character));
    }
  }
  return pattern;
}

/** What becomes this character by itself, the character included. */
function sources(character: number): number[] {
  return [character, ...(uppers().get(character) ?? [])];
}

let known: Map<number, number[]> | undefined;

/** For each character in lower case those that become it. */
function uppers(): ReadonlyMap<number, number[]> {
  if (known) return known;
  known = new Map();
  for (let code = 0x41; code <= LAST_CASED; code += 1) {
    if (code === CAPITAL_SIGMA || (code >= 0xd800 && code < 0xe000)) continue;
    const lower = String.fromCodePoint(code).toLowerCase();
    const target = lower.codePointAt(0)!;
    // İ alone becomes two.
    if (target === code || lower.length !== String.fromCodePoint(target).length) continue;
    const list = known.get(target);
    if (list) list.push(code);
    else known.set(target, [code]);
  }
  return known;
}

/** Σ becomes ς at the end of a word and σ elsewhere. */
function sigma(lower: number): string {
  const { cased, ignorable } = wordClasses();
  const behindLetter = `(?<=[${cased}][${ignorable}]*)`;
  const notBehindLetter = `(?<![${cased}][${ignorable}]*)`;
  const beforeLetter = `(?=[${ignorable}]*[${cased}])`;
  const notBeforeLetter = `(?![${ignorable}]*[${cased}])`;
  const capital = escaped(CAPITAL_SIGMA);
  return lower === FINAL_SIGMA
    ? `(?:${escaped(FINAL_SIGMA)}|${behindLetter}${capital}${notBeforeLetter})`
    : `(?:${escaped(SIGMA)}|${capital}${beforeLetter}|${notBehindLetter}${capital})`;
}

let classes: { cased: string; ignorable: string } | undefined;

/** Letters with case, and what is passed over when they are looked for, as Unicode's Final_Sigma has them. */
function wordClasses(): { cased: string; ignorable: string } {
  classes ??= {
    cased: rangesOf(/^(?!\p{Case_Ignorable})\p{Cased}$/u),
    ignorable: rangesOf(/^\p{Case_Ignorable}$/u),
  };
  return classes;
}

function rangesOf(test: RegExp): string {
  let ranges = '';
  let from = -1;
  for (let code = 1; code <= LAST_CLASSED; code += 1) {
    if (code === LAST_CASED + 1) code = TAGS;
    const isIn = !(code >= 0xd800 && code < 0xe000) && test.test(String.fromCodePoint(code));
    if (isIn && from === -1) from = code;
    if (!isIn && from !== -1) {
      ranges += from === code - 1 ? escaped(from) : `${escaped(from)}-${escaped(code - 1)}`;
      from = -1;
    }
  }
  return ranges;
}

/** Any character of which, in lower case, this is the one half. */
function half(surrogate: number, isHigh: boolean): string {
  const has = (code: number): boolean =>
    String.fromCodePoint(code)
      .toLowerCase()
      .charCodeAt(isHigh ? 0 : 1) === surrogate;
  const first = isHigh ? 0x1_0000 + ((surrogate - 0xd800) << 10) : 0x1_0000 + (surrogate - 0xdc00);
  const step = isHigh ? 1 : 0x400;
  const own = Array.from({ length: 0x400 }, (_, index) => first + index * step);
  const all = new Set(own.filter(has));
  for (let code = 0x1_0000; code <= LAST_CASED; code += 1) if (has(code)) all.add(code);
  return oneOf([...all]);
}

function oneOf(codes: readonly number[]): string {
  return codes.length === 1 ? escaped(codes[0]!) : `[${codes.map(escaped).join('')}]`;
}

function escaped(code: number): string {
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
