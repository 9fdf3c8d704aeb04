/** Rules in gradeway.yaml: a list under `rules`, each as the API takes it. Whether their evaluators are there is known only when they run. */
import { type RuleSpec, ruleSpecSchema } from '../model/rule.ts';
import type { SettingsFile } from './file.ts';
import { readNamedList } from './named-list.ts';
import type { Problem } from './problem.ts';

const MOST_RULES = 1000;

/** What is wrong with them is added to `problems`. */
export function readRules({ rules }: SettingsFile, problems: Problem[]): RuleSpec[] {
  return readNamedList(rules, { section: 'rules', one: 'rule', schema: ruleSpecSchema, most: MOST_RULES }, problems);
}
