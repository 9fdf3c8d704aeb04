/**
 * Header lines as the fast lane takes them: a token, a colon, printable bytes, CRLF (RFC 9112, 5). Bare line ends, folded
 * lines, blanks around names and control characters are not among them; such messages are for the ordinary lane to judge.
 * One regular expression judges a whole head, and what it has passed is cut up without looking at it again.
 */

/** A header's name. */
export const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const VALUE = '[\\t -~\\x80-\\xff]*';
/** Any number of whole lines. */
export const LINES = `(?:${TOKEN}:${VALUE}\\r\\n)*`;
/** What a line may look like that has not arrived to its end. */
export const BEGUN_LINE = `(?:${TOKEN}(?::${VALUE}\\r?)?|\\r)?`;

const SPACE = 0x20;
const TAB = 0x09;

/** Lines that have been judged, from one place in a head to another, as name, value, name, value. */
export function splitLines(head: string, from: number, to: number): string[] {
  const raw: string[] = [];
  let at = from;
  while (at < to) {
    const colon = head.indexOf(':', at);
    const lineEnd = head.indexOf('\r', colon);
    let start = colon + 1;
    let end = lineEnd;
    while (start < end && isBlank(head.charCodeAt(start))) start += 1;
    while (end > start && isBlank(head.charCodeAt(end - 1))) end -= 1;
    raw.push(head.slice(at, colon), head.slice(start, end));
    at = lineEnd + 2;
  }
  return raw;
}

function isBlank(code: number): boolean {
  return code === SPACE || code === TAB;
}
