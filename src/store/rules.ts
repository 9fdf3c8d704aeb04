/** Rules that were put over the API, as a family of the store. What they mean is said in `evaluation/rules.ts`. */
import { type RuleSpec, ruleSpecSchema, type StoredRule } from '../model/rule.ts';

export interface RuleStore {
  /** Of one project, by name. */
  list(projectId: string): Promise<StoredRule[]>;
  /** Those of all projects: for the recorder and the consumers only. */
  all(): Promise<StoredRule[]>;
  /** Adds it, unless there is one of its name (`exists`) or the project has `most` already (`full`). */
  create(rule: StoredRule, most: number): Promise<'created' | 'exists' | 'full'>;
  /** Replaces what it says. Whether the project has such a rule. */
  update(projectId: string, spec: RuleSpec, atMs: number): Promise<boolean>;
  /** Whether the project had such a rule. */
  remove(projectId: string, name: string): Promise<boolean>;
}

/** As both engines read one. */
export interface RuleRow {
  projectId: string;
  spec: string;
  createdAtMs: number;
  changedAtMs: number;
}

/** Members that came with later versions have their defaults. */
export function ruleOf({ spec, ...row }: RuleRow): StoredRule {
  return { ...row, managedBy: 'api', spec: ruleSpecSchema.parse(JSON.parse(spec)) };
}
