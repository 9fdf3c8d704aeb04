/**
 * CSV as RFC 4180 has it: a header line, lines that end with CRLF, quotes where a text needs them, doubled within. An absent
 * value is an empty field, an empty text a pair of quotes.
 *
 * Spreadsheets run texts that begin like a formula (`=`, `+`, `-`, `@`), and what was logged is anybody's text. Such a text
 * gets an apostrophe in front, which spreadsheets take for "this is text". So that the way back is certain, texts that begin
 * with apostrophes before such a sign get one more: who reads the file takes one apostrophe off any text that matches
 * `^'+[=+\-@\t\r\n]`. Numbers stay as they are, in texts too: `-5` is no formula.
 */

export type CsvValue = string | number | boolean | null | undefined;

const NEEDS_QUOTES = /[",\r\n]|^\s|\s$|^$/;
// A tab or line break in front is passed over by spreadsheets, before they look for the sign. Full-width signs count for some.
const LIKE_FORMULA = /^'*[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/;
const NUMBER = /^[+-]?\d+(\.\d+)?([eE][+-]?\d+)?$/;

/** One line, its end included. */
export function csvLine(values: readonly CsvValue[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: CsvValue): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string') return String(value);
  const text = LIKE_FORMULA.test(value) && !NUMBER.test(value) ? `'${value}` : value;
  return NEEDS_QUOTES.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
