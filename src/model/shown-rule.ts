/** Rules as /api/v1 gives them: what API, dashboard and tests hold them to. */
import { z } from 'zod';
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
