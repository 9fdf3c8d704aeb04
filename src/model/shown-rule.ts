/** Rules as /api/v1 gives them: what API, dashboard and tests hold them to. */
import { z } from 'zod';
import { budgetSchema } from './budget.ts';
import { MANAGED_BY } from './evaluator.ts';
import { ruleSpecSchema } from './rule.ts';

export const shownRuleSchema = z
  .object({
    ...ruleSpecSchema.shape,
    name: z.string().describe('`online:` and the name of the evaluator where the evaluator brings it along.'),
    managedBy: z
      .enum(MANAGED_BY)
      .describe('Where it stands: file, config (gradeway.yaml), or api. The API changes only its own.'),
    createdAtMs: z.number().nullable(),
    changedAtMs: z.number().nullable(),
  })
  .meta({ id: 'Rule' });

export type ShownRule = z.output<typeof shownRuleSchema>;

const usd = z.number().min(0);

export const shownSpendingSchema = z
  .object({
    budget: budgetSchema.nullable().describe('Null where the rule has none now.'),
    dayUsd: usd,
    monthUsd: usd,
    reservedUsd: usd.describe('Set aside for evaluations that are under way.'),
    deferred: z.number().int().describe('Jobs that wait for more, counted up to 10,000.'),
    days: z
      .array(z.object({ fromMs: z.number(), spentUsd: usd, evaluations: z.number().int() }))
      .describe('Of the month, without those on which nothing was paid for.'),
  })
  .meta({ id: 'Spending' });
