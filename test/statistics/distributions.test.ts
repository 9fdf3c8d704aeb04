import { describe, expect, it } from 'vitest';
import {
  chiSquareTail,
  normalDeviate,
  normalTail,
  studentDeviate,
  studentTail,
} from '../../src/statistics/distributions.ts';

/** Computed with mpmath at 30 digits, by inverting its incomplete beta function: tail, degrees of freedom, t. */
const MPMATH_T: [number, number, number][] = [
  [0.1, 1.5, 2.196398417565537],
  [0.1, 3, 1.63774435369621],
  [0.1, 17.776473516178488, 1.3310286564239748],
  [0.1, 100, 1.290074761346516],
  [0.1, 1000, 1.2823987214609245],
  [0.1, 5000, 1.2817209053357184],
  [0.025, 1.5, 6.0166631044279315],
  [0.025, 3, 3.1824463052837095],
  [0.025, 17.776473516178488, 2.1028172415698023],
  [0.025, 100, 1.9839715185235522],
  [0.025, 1000, 1.9623390808264085],
  [0.025, 5000, 1.960438551706508],
  [0.005, 1.5, 17.820310514462808],
  [0.005, 3, 5.840909309733357],
  [0.005, 17.776473516178488, 2.8826508233224817],
  [0.005, 100, 2.6258905214380177],
  [0.005, 1000, 2.580754698065951],
  [0.005, 5000, 2.576812966556281],
  [1e-8, 1.5, 112450.05997355733],
  [1e-8, 3, 479.5250695797383],
  [1e-8, 17.776473516178488, 9.557175187693307],
  [1e-8, 100, 6.101573472029796],
  [1e-8, 1000, 5.657912337679106],
  [1e-8, 5000, 5.621132014775146],
];

describe('quantiles', () => {
  /** NIST/SEMATECH e-Handbook of Statistical Methods, table 1.3.6.7.2: critical values of Student's t. */
  it.each([
    [0.025, 1, 12.706],
    [0.005, 1, 63.657],
    [0.025, 2, 4.303],
    [0.025, 5, 2.571],
    [0.05, 10, 1.812],
    [0.025, 10, 2.228],
    [0.001, 10, 4.144],
    [0.025, 30, 2.042],
    [0.005, 100, 2.626],
  ])('of t are those of the table: %d with %d degrees of freedom is %d', (tail, degrees, value) => {
    expect(studentDeviate(tail, degrees)).toBeCloseTo(value, 3);
  });

  it.each(MPMATH_T)('of t agree with mpmath to ten digits: %d with %d degrees of freedom', (tail, degrees, value) => {
    expect(studentDeviate(tail, degrees) / value).toBeCloseTo(1, 10);
  });

  it('of the normal distribution are the known ones', () => {
    // Wichura's own check values for AS 241 are for p = 0.25, 0.001 and 1e-20.
    expect(normalDeviate(0.75)).toBeCloseTo(-0.6744897501960817, 15);
    expect(normalDeviate(0.999)).toBeCloseTo(-3.090232306167814, 14);
    expect(normalDeviate(1e-20)).toBeCloseTo(9.26234008979841, 12);
    expect(normalDeviate(0.025)).toBeCloseTo(1.959963984540054, 14);
    expect(normalDeviate(0.5)).toBe(0);
  });

  it('are the inverse of tails', () => {
    for (const tail of [0.7, 0.3, 0.05, 1e-3, 1e-9]) {
      expect(normalTail(normalDeviate(tail)) / tail).toBeCloseTo(1, 12);
      for (const degrees of [1, 1.5, 4, 77.7, 1999, 2001, 1e9, 1e16]) {
        expect(studentTail(studentDeviate(tail, degrees), degrees) / tail).toBeCloseTo(1, 9);
      }
    }
  });

  it('of t become the normal ones with many degrees of freedom', () => {
    expect(studentDeviate(0.025, 1e15)).toBeCloseTo(normalDeviate(0.025), 12);
    expect(studentDeviate(0.025, 2000.001)).toBeCloseTo(studentDeviate(0.025, 2000), 6);
  });
});

describe('tails', () => {
  /** NIST/SEMATECH e-Handbook, table 1.3.6.7.4: upper critical values of chi-square at 0.05 and 0.01. */
  it.each([
    [3.841, 1, 0.05],
    [5.991, 2, 0.05],
    [18.307, 10, 0.05],
    [23.209, 10, 0.01],
    [124.342, 100, 0.05],
  ])('of chi-square are those of the table: %d with %d degrees of freedom is %d', (x, degrees, tail) => {
    expect(chiSquareTail(x, degrees)).toBeCloseTo(tail, 4);
  });

  it('of chi-square with two degrees of freedom are the exponential function', () => {
    for (const x of [0.01, 1, 7, 40, 300]) expect(chiSquareTail(x, 2) / Math.exp(-x / 2)).toBeCloseTo(1, 12);
  });

  it("of t with one degree of freedom are Cauchy's", () => {
    for (const t of [0.1, 1, 12, 1e6]) expect(studentTail(t, 1) / (Math.atan(1 / t) / Math.PI)).toBeCloseTo(1, 12);
  });

  it('are halves at 0, and mirrored', () => {
    expect([normalTail(0), studentTail(0, 7)]).toEqual([0.5, 0.5]);
    expect(studentTail(-2, 7)).toBeCloseTo(1 - studentTail(2, 7), 15);
    expect([normalTail(Infinity), studentTail(Infinity, 3), studentTail(1e200, 3), chiSquareTail(Infinity, 3)]).toEqual(
      [0, 0, 0, 0],
    );
  });
});
