/** Rules: which logs of a project an evaluator looks at. */
import { z } from 'zod';
import { budgetSchema } from './budget.ts';
import { EVALUATOR_NAME, type ManagedBy } from './evaluator.ts';
import { type Filter, filterSchema } from './filter.ts';
import { checkSampling, type Sampling, samplingMembers } from './sampling.ts';

const name = z.string().regex(EVALUATOR_NAME, {
  error: 'a name has 1 to 100 letters, digits, dots, hyphens and underscores, and begins with a letter or digit',
});

const members = {
  name,
  evaluator: name.describe('Name of the evaluator that looks at them.'),
  filter: filterSchema.optional().describe('Which logs; all when absent.'),
  ...samplingMembers,
  budget: budgetSchema
    .optional()
    .describe(
      'What its evaluator may cost in each project. A judgment is run only where what it may cost at most is left; else it waits for the next ' +
        'day or month. Without one there is no limit.',
    ),
  enabled: z.boolean().default(true),
};

export const ruleSpecSchema = z.strictObject(members).superRefine(checkRule);
export type RuleSpec = z.infer<typeof ruleSpecSchema>;

/** As `ruleSpecSchema`, where the name may be left out because it is known. */
export const namedRuleSchema = z.strictObject({ ...members, name: name.optional() }).superRefine(checkRule);

/** A rule and whose it is. Those of gradeway.yaml hold for every project; an evaluator's file has its own (`Evaluator.online`). */
export interface Rule {
  /** Null: of all projects. */
  projectId: string | null;
  managedBy: ManagedBy;
  spec: RuleSpec;
}

/** One that was put over the API. */
export interface StoredRule extends Rule {
  projectId: string;
  managedBy: 'api';
  createdAtMs: number;
  changedAtMs: number;
}

function checkRule(rule: Sampling & { filter?: Filter | undefined }, context: z.RefinementCtx): void {
  checkSampling(rule, context);
  const { filter } = rule;
  if (filter !== undefined && asksForScores(filter))
    context.addIssue({
      code: 'custom',
      path: ['filter'],
      message: 'a log that just came has neither scores nor evaluations. Leave these conditions out',
    });
}

function asksForScores(filter: Filter): boolean {
  if ('and' in filter) return filter.and.some(asksForScores);
  if ('or' in filter) return filter.or.some(asksForScores);
  if ('not' in filter) return asksForScores(filter.not);
  return 'score' in filter || 'evaluation' in filter;
}
