/**
 * What rules do to a log before it is written anywhere: to its bodies, and to the texts and property values beside them. What went
 * to the client and to the upstream is not touched.
 */
import { isUtf8 } from 'node:buffer';
import { redactText } from './redact-text.ts';
import { prepareRules, type RedactionSettings } from './rules.ts';
import { strikeOut } from './spans.ts';

export interface Redaction {
  /** The same bytes where nothing was found. */
  body: (bytes: Uint8Array) => Uint8Array;
  text: (text: string) => string;
  /** A path with its query, whose values may be escaped. */
  path: (path: string) => string;
}

/** Undefined where there are no rules. */
export function prepareRedaction(settings: RedactionSettings): Redaction | undefined {
  const rules = prepareRules(settings);
  if (rules === undefined) return undefined;
  const text = (given: string): string => {
    const spans = rules.find(given);
    return spans.length === 0 ? given : strikeOut(given, spans);
  };
  return {
    text,
    body(bytes) {
      // Whatever is no text, such as an upload, keeps its bytes: each is a character then.
      const encoding = isUtf8(bytes) ? 'utf8' : 'latin1';
      const given = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString(encoding);
      const left = redactText(given, rules);
      return left === given ? bytes : Buffer.from(left, encoding);
    },
    path: (given) =>
      text(
        given.replaceAll(/[^/?&=]+/g, (part) => {
          const said = unescaped(part);
          const left = text(said);
          return left === said ? part : encodeURIComponent(left);
        }),
      ),
  };
}

function unescaped(part: string): string {
  try {
    return decodeURIComponent(part.replaceAll('+', '%20'));
  } catch {
    return part;
  }
}
