/** What a figure is given, what it answers, and how a measured value meets its goal. */
import type { Contestant } from './contestants/contestant.ts';
import type { Generator } from './generator/generator.ts';
import { median } from './numbers.ts';

export interface Bench {
  /** A smoke check: short, small, and of no use as a measurement. */
  quick: boolean;
  /** How often each contestant has its turn: what was asked for, else what the figure takes by itself. */
  rounds(own: number): number;
  /** A folder for this run alone; it is removed at the end. */
  folder: string;
  /** A folder that outlives the run: what is slow to make. */
  cache: string;
  upstream: Contestant;
  generator: Generator;
  /** Says something beside the table: what was measured how, what could not be. */
  note(text: string): void;
  /** Says that something could not run: the exit code tells it too. */
  missing(text: string): void;
}

export interface Goal {
  /** What must hold, in words. */
  text: string;
  /** What was measured of it. */
  actual: number;
  most?: number;
  least?: number;
  /** Why the machine could not show it this time; the goal is then neither met nor missed. */
  doubt?: string;
}

export interface Row {
  measure: string;
  unit: string;
  /** One value per round. */
  values: number[];
  /** The value in terms of another one, such as `4.1 x nginx`. */
  compared?: string;
  goal?: Goal;
}

export interface Figure {
  name: string;
  title: string;
  run(bench: Bench): Promise<Row[]>;
}

export type Verdict = 'met' | 'MISSED' | 'not measured';

export function judge({ actual, most, least, doubt }: Goal): Verdict {
  if (Number.isNaN(actual) || doubt !== undefined) return 'not measured';
  return actual <= (most ?? Infinity) && actual >= (least ?? -Infinity) ? 'met' : 'MISSED';
}

/**
 * The ratio of two medians, both taken in the same rounds. Rounds are not paired: on a shared machine neighbouring rounds
 * differ as much as distant ones, and a median over all of them is steadier than one of ratios.
 */
export function ratio(values: readonly number[], other: readonly number[]): number {
  return median(values) / median(other);
}

export function times(value: number, name: string): string {
  return Number.isNaN(value) ? '' : `${value.toFixed(2)} x ${name}`;
}
