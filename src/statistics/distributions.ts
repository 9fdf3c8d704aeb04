/**
 * Tails and quantiles of the normal, Student's t and the chi-square distribution.
 * Accuracy, checked against mpmath: quantiles to a relative 1e-10 for tails from 1e-12 up, tails to a relative 1e-9.
 */
import { incompleteBeta, upperGamma } from './gamma.ts';

interface Rational {
  over: readonly number[];
  under: readonly number[];
}

// The three pairs of polynomials of AS 241, from the highest power down.
const CENTRAL: Rational = {
  over: [
    2509.0809287301227, 33430.57558358813, 67265.7709270087, 45921.95393154987, 13731.69376550946, 1971.5909503065513,
    133.14166789178438, 3.3871328727963665,
  ],
  under: [
    5226.495278852854, 28729.085735721943, 39307.89580009271, 21213.794301586597, 5394.196021424751, 687.1870074920579,
    42.31333070160091, 1,
  ],
};
const MIDDLE: Rational = {
  over: [
    0.0007745450142783414, 0.022723844989269184, 0.2417807251774506, 1.2704582524523684, 3.6478483247632045,
    5.769497221460691, 4.630337846156546, 1.4234371107496835,
  ],
  under: [
    1.0507500716444169e-9, 0.0005475938084995345, 0.015198666563616457, 0.14810397642748008, 0.6897673349851,
    1.6763848301838038, 2.053191626637759, 1,
  ],
};
const FAR: Rational = {
  over: [
    2.0103343992922881e-7, 2.7115555687434876e-5, 0.0012426609473880784, 0.026532189526576124, 0.29656057182850487,
    1.7848265399172913, 5.463784911164114, 6.657904643501103,
  ],
  under: [
    2.0442631033899397e-15, 1.421511758316446e-7, 1.8463183175100548e-5, 0.0007868691311456133, 0.014875361290850615,
    0.1369298809227358, 0.599832206555888, 1,
  ],
};

/** Above so many degrees of freedom t is turned into a normal deviate: the continued fraction would grow long. */
const MANY_DEGREES = 2000;

/** The probability of more than `z` under the standard normal distribution; relative accuracy in the upper tail too. */
export function normalTail(z: number): number {
  const half = upperGamma(0.5, (z * z) / 2) / 2;
  return z >= 0 ? half : 1 - half;
}

/** The deviate that a standard normal variable exceeds with probability `tail`, 0 < tail < 1. Wichura 1988, algorithm AS 241. */
export function normalDeviate(tail: number): number {
  const fromMiddle = 0.5 - tail;
  if (Math.abs(fromMiddle) <= 0.425) {
    const square = 0.180625 - fromMiddle * fromMiddle;
    return fromMiddle * ratio(CENTRAL, square);
  }
  const root = Math.sqrt(-Math.log(Math.min(tail, 1 - tail)));
  const deviate = root <= 5 ? ratio(MIDDLE, root - 1.6) : ratio(FAR, root - 5);
  return fromMiddle < 0 ? -deviate : deviate;
}

/** The probability of more than `t` under Student's t with `degrees` of freedom, any number above 0. */
export function studentTail(t: number, degrees: number): number {
  if (t < 0) return 1 - studentTail(-t, degrees);
  if (degrees > MANY_DEGREES) return normalTail(deviateOfStudent(t, degrees));
  if (t === Infinity) return 0;
  const square = t * t;
  if (square === Infinity) return 0;
  return incompleteBeta(degrees / (degrees + square), square / (degrees + square), degrees / 2, 0.5) / 2;
}

/** Deviates for whole degrees: a chart asks for the same few, and each takes 50 us. */
const knownDeviates = new Map<number, Map<number, number>>();
const MOST_KNOWN_TAILS = 16;

/** What Student's t with `degrees` of freedom, 1 or more, exceeds with probability `tail`, 0 < tail < 1. */
export function studentDeviate(tail: number, degrees: number): number {
  if (tail === 0.5) return 0;
  if (tail > 0.5) return -studentDeviate(1 - tail, degrees);
  if (degrees > MANY_DEGREES || !Number.isInteger(degrees)) return foundDeviate(tail, degrees);
  let known = knownDeviates.get(tail);
  if (known === undefined) {
    if (knownDeviates.size >= MOST_KNOWN_TAILS) knownDeviates.clear();
    knownDeviates.set(tail, (known = new Map()));
  }
  let deviate = known.get(degrees);
  if (deviate === undefined) known.set(degrees, (deviate = foundDeviate(tail, degrees)));
  return deviate;
}

function foundDeviate(tail: number, degrees: number): number {
  let low = 0;
  let high = Math.max(1, normalDeviate(tail));
  while (studentTail(high, degrees) > tail) [low, high] = [high, high * 2];
  // Secant steps on the logarithm of the tail, which is nearly straight there; halving where they leave the bracket or are slow.
  for (let step = 0; step < 200 && high - low > high * 4e-16; step++) {
    const [atLow, atHigh] = [Math.log(studentTail(low, degrees) / tail), Math.log(studentTail(high, degrees) / tail)];
    const secant = low + ((high - low) * atLow) / (atLow - atHigh);
    const next = step % 3 === 2 || !(secant > low && secant < high) ? low + (high - low) / 2 : secant;
    if (next <= low || next >= high) break;
    if (studentTail(next, degrees) > tail) low = next;
    else high = next;
  }
  return low + (high - low) / 2;
}

/** The probability of more than `x` under chi-square with `degrees` of freedom. */
export function chiSquareTail(x: number, degrees: number): number {
  return upperGamma(degrees / 2, x / 2);
}

/** The normal deviate with the same tail as t: G. W. Hill 1970, algorithm 395, whose error falls with the third power of the degrees. */
function deviateOfStudent(t: number, degrees: number): number {
  if (degrees > 1e17) return t;
  const a = degrees - 0.5;
  const b = 48 * a * a;
  const square = a * Math.log1p((t * t) / degrees);
  const root = Math.sqrt(square);
  const second = (((4 * square + 33) * square + 240) * square + 855) * root;
  return root + (root * (square + 3)) / b - second / (10 * b * (b + 0.8 * square * square + 100));
}

function ratio({ over, under }: Rational, x: number): number {
  return polynomial(over, x) / polynomial(under, x);
}

/** Coefficients from the highest power down; the one of power 0 is last. */
function polynomial(coefficients: readonly number[], x: number): number {
  let value = 0;
  for (const coefficient of coefficients) value = value * x + coefficient;
  return value;
}
