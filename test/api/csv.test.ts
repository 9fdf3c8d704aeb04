import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from '../../src/api/csv.ts';
import { readCsv } from '../fixtures/read-csv.ts';

/** The way back that csv.ts promises. */
const unescaped = (text: string): string =>
  /^'+[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? text.slice(1) : text;

describe('CSV', () => {
  it.each([
    { name: 'nothing', values: [null, undefined, ''], line: ',,""\r\n' },
    { name: 'numbers as they are', values: [-5, 0.1, 1e21, true], line: '-5,0.1,1e+21,true\r\n' },
    { name: 'quotes, commas and line breaks', values: ['a"b', 'a,b', 'a\nb'], line: '"a""b","a,b","a\nb"\r\n' },
    { name: 'space at the edges', values: [' a', 'a '], line: '" a","a "\r\n' },
    { name: 'a formula', values: ['=1+1', '@SUM(A1)', '+1-2', '-2+3'], line: "'=1+1,'@SUM(A1),'+1-2,'-2+3\r\n" },
    { name: 'a formula behind white space', values: ['\t=1', '\r=1'], line: '\'\t=1,"\'\r=1"\r\n' },
    { name: 'numbers in texts', values: ['-5', '+1.5e-3', '-'], line: "-5,+1.5e-3,'-\r\n" },
    { name: 'an apostrophe', values: ["'a", "'=a"], line: "'a,''=a\r\n" },
  ])('writes $name', ({ values, line }) => {
    expect(csvLine(values)).toBe(line);
  });

  it('gives every text back to who reads it as documented', () => {
    const texts = fc.string({ unit: fc.constantFrom(...Array.from('=+-@\t\r\n\'",;1e.a \u{1f600}\uff1d')) });
    fc.assert(
      fc.property(fc.array(fc.array(texts, { minLength: 2, maxLength: 4 }), { minLength: 1 }), (rows) => {
        const read = readCsv(rows.map(csvLine).join(''));
        expect(read.map((row) => row.map((one) => unescaped(one ?? 'absent')))).toEqual(rows);
        // And nothing in it would be run.
        for (const cell of read.flat()) expect(cell).not.toMatch(/^[=@\t\r\n\uff1d]|^[+-](?![\d])/);
      }),
      { numRuns: 300, seed: 4180 },
    );
  });
});
