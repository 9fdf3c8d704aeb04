/** What stands in a leaf of Helicone's filters, read as its framework reads it: operators by name, values by class. */
import { readNumber } from './filter-operators.ts';

/** What a value should have been; the message of a 422. */
export class WrongValue extends Error {}

export function operatorOf<Name extends string>(known: readonly Name[], operator: string): Name {
  const found = known.find((one) => one === operator);
  if (found === undefined) throw new WrongValue(`${excess(operator)}: the operators here are ${known.join(', ')}`);
  return found;
}

export function textOf(value: unknown): string {
  if (typeof value !== 'string') throw new WrongValue('invalid string value');
  return value.toWellFormed();
}

export function numberOf(value: unknown): number {
  const number = readNumber(value);
  if (number === undefined) throw new WrongValue('invalid float number');
  return number;
}

export function excess(name: string): string {
  return `"${short(name)}" is an excess property and therefore is not allowed`;
}

export function short(name: string): string {
  return name.slice(0, 200).toWellFormed();
}
