/** Budgets: what a rule's evaluator may cost in a day and in a month, in US dollars. Both begin at midnight, UTC. */
import { z } from 'zod';

const limit = z.number().positive().max(1_000_000);

export const budgetSchema = z
  .strictObject({
    perDayUsd: limit.optional().describe('In a day, which begins at midnight UTC.'),
    perMonthUsd: limit.optional().describe('In a month, which begins at midnight UTC on its first day.'),
  })
  .refine(({ perDayUsd, perMonthUsd }) => perDayUsd !== undefined || perMonthUsd !== undefined, {
    error: 'say perDayUsd, perMonthUsd or both',
  });
export type Budget = z.infer<typeof budgetSchema>;

export const DAY_MS = 86_400_000;

export interface Period {
  fromMs: number;
  /** When the next one begins. */
  toMs: number;
}

export function dayAt(ms: number): Period {
  const fromMs = Math.floor(ms / DAY_MS) * DAY_MS;
  return { fromMs, toMs: fromMs + DAY_MS };
}

export function monthAt(ms: number): Period {
  const at = new Date(ms);
  const first = (month: number): number => Date.UTC(at.getUTCFullYear(), month, 1);
  return { fromMs: first(at.getUTCMonth()), toMs: first(at.getUTCMonth() + 1) };
}

/** US dollars as a person reads them: as many digits as say something. */
export function dollars(usd: number): string {
  return `USD ${Number(usd.toPrecision(4))}`;
}
