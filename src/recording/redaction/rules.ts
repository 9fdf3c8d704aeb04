/**
 * Redaction rules as the settings give them: ready-made ones by name (ready-made.ts), and patterns. Patterns are RE2's, run by an
 * engine whose time is linear in the text whatever the pattern is: on the recorder's thread, nobody's pattern may hold up logs.
 * Where in a body they are looked for is said by redact-text.ts.
 */
import { createRequire } from 'node:module';
import { READY_MADE, type ReadyMadeName, type ReadyMadeRule } from './ready-made.ts';
import { mergeSpans, type Span } from './spans.ts';

export interface RedactionSettings {
  readyMade: readonly ReadyMadeName[];
  patterns: readonly string[];
}

export interface RedactionRules {
  /** What is to be struck out of a text, merged. */
  find(text: string): Span[];
  /** Whether a text means something else as a part of a longer one: some pattern asks for its begin or end. */
  isAnchored: boolean;
}

const LABEL = '[redacted]';
const LONGEST_PATTERN = 1000;

/** Undefined where there are no rules. Throws where a pattern cannot be used; see `problemOfPattern`. */
export function prepareRules({ readyMade, patterns }: RedactionSettings): RedactionRules | undefined {
  if (readyMade.length + patterns.length === 0) return undefined;
  const finders = [
    ...readyMade.map((name) => finderOf(READY_MADE[name], `[${name}]`)),
    ...patterns.map((pattern) => patternFinder(pattern)),
  ];
  return {
    find: (text) => {
      const spans = finders.flatMap((find) => find(text));
      return spans.length === 0 ? spans : mergeSpans(spans);
    },
    isAnchored: patterns.some((pattern) => /[$^]|\\[Az]/.test(pattern)),
  };
}

/** What is wrong with a pattern; undefined where it can be used. */
export function problemOfPattern(pattern: string): string | undefined {
  if (pattern.length > LONGEST_PATTERN) return `it is longer than ${LONGEST_PATTERN} characters`;
  try {
    if (compile(pattern).matcher('').find()) return 'it matches the empty text, which is everywhere';
    return undefined;
  } catch (error) {
    return `${(error as Error).message}. Patterns are RE2's, without lookaround and backreferences`;
  }
}

type Finder = (text: string) => Span[];

function finderOf({ patterns, needs, accepts }: ReadyMadeRule, label: string): Finder {
  return (text) => {
    const spans: Span[] = [];
    if (!needs.test(text)) return spans;
    for (const pattern of patterns) {
      pattern.lastIndex = 0;
      for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
        const [found] = match;
        if (accepts?.(found) ?? true) spans.push({ from: match.index, to: match.index + found.length, label });
        // What is no card may end in one: the next begins inside of it.
        else pattern.lastIndex = match.index + 1;
      }
    }
    return spans;
  };
}

function patternFinder(pattern: string): Finder {
  const compiled = compile(pattern);
  return (text) => {
    const spans: Span[] = [];
    const matcher = compiled.matcher(text);
    while (matcher.find()) {
      const [from, to] = [matcher.start(), matcher.end()];
      if (to > from) spans.push({ from, to, label: LABEL });
    }
    return spans;
  };
}

/** Loaded where there are patterns: most installations have none. */
function compile(pattern: string): import('re2js').RE2JS {
  const { RE2JS } = createRequire(import.meta.url)('re2js') as typeof import('re2js');
  return RE2JS.compile(pattern);
}
