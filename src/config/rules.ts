/** Rules in gradeway.yaml: a list under `rules`, each as the API takes it. Whether their evaluators are there is known only when they run. */
import { meantIssues } from '../api/meant-issues.ts';
import { problemText } from '../api/problem-text.ts';
import { type RuleSpec, ruleSpecSchema } from '../model/rule.ts';
import type { SettingsFile } from './file.ts';
import { type Problem, quoted } from './problem.ts';

const MOST_RULES = 1000;

/** What is wrong with them is added to `problems`. */
export function readRules({ rules }: SettingsFile, problems: Problem[]): RuleSpec[] {
  if (rules === undefined || rules.value === null) return [];
  const { value, at } = rules;
  if (!Array.isArray(value)) {
    problems.push({ at, message: 'rules is not a list. Begin each rule with a dash, as in - name: every-call.' });
    return [];
  }
  if (value.length > MOST_RULES)
    problems.push({ at, message: `rules has ${value.length} entries. It may have at most ${MOST_RULES}.` });
  const read = new Map<string, RuleSpec>();
  for (const [index, one] of value.slice(0, MOST_RULES).entries()) {
    const parsed = ruleSpecSchema.safeParse(one, { error: problemText });
    for (const { path, message } of meantIssues(parsed.error?.issues ?? [], one))
      problems.push({ at: rules.atEntry(index), message: `${['rules', index, ...path].join('.')}: ${message}` });
    if (!parsed.success) continue;
    const { name } = parsed.data;
    if (read.has(name))
      problems.push({ at: rules.atEntry(index), message: `there are two rules ${quoted(name)}. Rename one of them.` });
    read.set(name, parsed.data);
  }
  return [...read.values()];
}
