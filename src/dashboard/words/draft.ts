/** What an editor of evaluators holds: the texts of its fields, and what they make. */
import type { DefinitionKind } from '../../model/definition.ts';
import type { ScoreKind } from '../../model/score.ts';
import type { WholeEvaluator } from '../../model/shown-evaluator.ts';

/** Kinds that people define in the dashboard, with what they are, and what a new one begins as. */
export const DRAFTED_KINDS = {
  code: 'Python or JavaScript, run in a sandbox',
  judge: 'A prompt to a model',
  human: 'People, who go through a queue',
  webhook: 'A signed POST of the log to a URL',
  external: 'Your own worker, which leases logs',
  composite: 'A cascade: one evaluator, then the next',
} as const satisfies Record<DefinitionKind, string>;
export type DraftedKind = keyof typeof DRAFTED_KINDS;

export interface Draft {
  kind: DraftedKind;
  name: string;
  description: string;
  returns: ScoreKind;
  /** Texts of numbers; empty where there is none. */
  min: string;
  max: string;
  step: string;
  threshold: string;
  /** A category a line, `name` or `name = value`. */
  options: string;
  better: '' | 'higher' | 'lower';
  needsTarget: boolean;
  deadlineMs: string;
  /** Of its kind, as the API has them. */
  settings: Record<string, unknown>;
}

export type GivenEvaluator = Omit<GivenDraft, 'name'>;
export interface GivenDraft extends Record<string, unknown> {
  name: string;
  kind: DraftedKind;
  returns: ScoreKind;
}

const PYTHON = `def evaluate(log):
    """True if the answer is polite."""
    return "please" in log["output"].lower()
`;

const SETTINGS: Record<DraftedKind, Record<string, unknown>> = {
  code: { language: 'python', source: PYTHON },
  judge: {
    upstream: 'openai',
    model: 'gpt-4o-mini',
    template:
      'Is the answer helpful to who asked?\n\nQuestion: {{ log.question_text }}\n\nAnswer: {{ log.output_text }}',
  },
  human: { instructions: 'Read the conversation, then say whether the answer helped.' },
  webhook: { url: '', answer: 'now' },
  external: {},
  composite: { steps: [] },
};

export function newDraft(kind: DraftedKind): Draft {
  return {
    kind,
    name: '',
    description: '',
    returns: 'boolean',
    min: '',
    max: '',
    step: '',
    threshold: '',
    options: '',
    better: 'higher',
    needsTarget: false,
    deadlineMs: '30000',
    settings: SETTINGS[kind],
  };
}

export function draftOf(found: WholeEvaluator): Draft {
  const text = (value: number | null | undefined): string => (value == null ? '' : String(value));
  return {
    kind: found.kind === 'module' ? 'code' : found.kind,
    name: found.name,
    description: found.description ?? '',
    returns: found.returns,
    min: text(found.range?.min),
    max: text(found.range?.max),
    step: text(found.range?.step),
    threshold: text(found.threshold),
    options: (found.options ?? [])
      .map(({ name, value }) => (value === undefined ? name : `${name} = ${value}`))
      .join('\n'),
    better: found.better ?? '',
    needsTarget: found.needsTarget,
    deadlineMs: text(found.deadlineMs),
    settings: found.settings ?? {},
  };
}

/** As the API takes it. What is no number goes as it is: the API says what is wrong with it. */
export function givenOf(draft: Draft): GivenDraft {
  const { kind, name, returns, settings } = draft;
  const hasRange = returns === 'number' && (draft.min !== '' || draft.max !== '');
  const options = draft.options
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean);
  return {
    kind,
    name,
    returns,
    settings,
    description: draft.description.trim() || null,
    range: hasRange
      ? {
          min: numberOf(draft.min),
          max: numberOf(draft.max),
          ...(draft.step === '' ? {} : { step: numberOf(draft.step) }),
        }
      : null,
    options: returns === 'category' && options.length > 0 ? options.map(optionOf) : null,
    better: draft.better || null,
    needsTarget: draft.needsTarget,
    threshold: draft.threshold === '' ? null : numberOf(draft.threshold),
    ...(draft.deadlineMs === '' ? {} : { deadlineMs: numberOf(draft.deadlineMs) }),
  };
}

function numberOf(text: string): number | string {
  const value = Number(text);
  return text.trim() === '' || Number.isNaN(value) ? text : value;
}

function optionOf(line: string): { name: string; value?: number } {
  const [, name, value] = /^(.*?)\s*=\s*(-?\d+(?:\.\d+)?)$/.exec(line) ?? [];
  return name === undefined ? { name: line } : { name, value: Number(value) };
}

/** A setting as a field shows it; what is no text and no number is empty. */
export function settingText(settings: Record<string, unknown>, member: string): string {
  const value = settings[member];
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
