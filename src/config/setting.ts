/** What a setting is, and the kinds of values that settings have, each with what is wrong with another. */
import { z } from 'zod';

export const MIB = 1024 * 1024;
/** A hundred years. */
export const MOST_DAYS = 36_500;

export interface Setting<T = unknown> {
  schema: z.ZodType<T>;
  default: T;
  /** Environment variable that overrides the file. */
  environment?: string;
  /** `bytes`, `ms`, `days`, `count`; empty where the value has none. */
  unit: '' | 'bytes' | 'ms' | 'days' | 'count';
  meaning: string;
  /** A value without what is secret in it; also one that is wrong. */
  shown?: (value: string) => string;
}

export function setting<T>(one: Setting<T>): Setting<T> {
  return one;
}

const HOST = /^[A-Za-z0-9_.:-]{1,255}$/;
export const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]{0,199}$/;

export const host = z
  .string({ error: 'a host name or an address in quotes is needed' })
  .regex(HOST, { error: 'is not a host name or an address. Give one without scheme, port, brackets or blanks' });
export const flag = z.boolean({ error: 'is neither true nor false' });

export function wholeNumber(from: number, to: number): z.ZodType<number> {
  const error = `is not a whole number from ${from} to ${to}`;
  return z.int({ error }).min(from, { error }).max(to, { error });
}

export function oneOf<const T extends readonly string[]>(values: T): z.ZodType<T[number]> {
  return z.enum(values, { error: `is not one of ${values.join(', ')}` });
}

export function text(error: string): z.ZodType<string> {
  return z
    .string({ error })
    .min(1, { error })
    .max(4096, { error })
    .refine((value) => !value.includes('\0'), { error });
}

export function listOf(item: z.ZodType<string>, error: string): z.ZodType<string[]> {
  return z.array(item, { error }).max(1000, { error: 'has more than 1000 entries' });
}

export const bytes = (from: number): z.ZodType<number> => wholeNumber(from, 64 * 1024 * MIB);
export const milliseconds = (from: number): z.ZodType<number> => wholeNumber(from, 24 * 3600 * 1000);
