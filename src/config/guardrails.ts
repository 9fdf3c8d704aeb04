/**
 * The guardrails of gradeway.yaml: a list, of which each entry is held against the schema. Whether there is such an evaluator is
 * known when evaluators are loaded.
 */
import type { z } from 'zod';
import { type Guardrail, guardrailSchema } from '../model/guardrail.ts';
import { nearest } from '../model/nearest.ts';
import type { SettingsFile } from './file.ts';
import { type Problem, quoted } from './problem.ts';

const MEMBERS = Object.keys(guardrailSchema.shape);
const MOST = 100;

/** Reads them; what is wrong is added to `problems`. */
export function readGuardrails({ guardrails }: Pick<SettingsFile, 'guardrails'>, problems: Problem[]): Guardrail[] {
  if (guardrails === undefined || guardrails.value === null) return [];
  const { value, at } = guardrails;
  if (!Array.isArray(value) || value.length > MOST) {
    const message = `guardrails is a list of at most ${MOST}. Begin each with a dash: - name: no-pii.`;
    problems.push({ at, message });
    return [];
  }
  const names = new Set<string>();
  return value.flatMap((entry, index) => {
    const parsed = guardrailSchema.safeParse(entry);
    if (!parsed.success) {
      for (const issue of parsed.error.issues)
        problems.push({ at: guardrails.atEntry(index), message: said(issue, index) });
      return [];
    }
    const { name } = parsed.data;
    if (names.has(name))
      problems.push({
        at: guardrails.atEntry(index),
        message: `there are two guardrails ${quoted(name)}. Rename one of them.`,
      });
    names.add(name);
    return [parsed.data];
  });
}

function said(issue: z.core.$ZodIssue, index: number): string {
  const place = ['guardrails', ...issue.path.map(String)].join('.').replace('guardrails', `guardrails[${index}]`);
  if (issue.code !== 'unrecognized_keys') return `${place} ${lowered(issue.message)}.`;
  const [key] = issue.keys as [string];
  const meant = issue.path.length === 0 ? nearest(key, MEMBERS) : undefined;
  return `${place} has no member ${quoted(key)}. ${meant === undefined ? 'Remove it.' : `Did you mean ${meant}?`}`;
}

/** zod begins its messages in upper case. */
function lowered(message: string): string {
  return /^[A-Z][a-z]/.test(message) ? `is wrong: ${message.charAt(0).toLowerCase()}${message.slice(1)}` : message;
}
