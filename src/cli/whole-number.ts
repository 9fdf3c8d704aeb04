/** Counts on the command line. */
import { InvalidArgumentError } from 'commander';

/** Throws for what is no whole number from 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!/^[1-9]\d{0,14}$/.test(text)) throw new InvalidArgumentError('it must be a whole number from 1.');
  return value;
}
