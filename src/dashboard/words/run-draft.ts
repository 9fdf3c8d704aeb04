/** What the form of a new run holds, and the runs that it makes: one for each model. */
import type { OutputSource } from '../../model/run.ts';
import type { NewRun } from '../api/runs.ts';

export interface RunDraft {
  name: string;
  dataset: string;
  from: OutputSource['from'];
  upstream: string;
  /** One, or several between commas. */
  models: string;
  /** Generated: what is sent before the datapoint's messages. Replayed: in place of the system prompt. */
  prompt: string;
  temperature: string;
  evaluators: string[];
  repetitions: string;
  sample: string;
  spendCapUsd: string;
}

export const NEW_RUN: RunDraft = {
  name: '',
  dataset: '',
  from: 'generated',
  upstream: '',
  models: '',
  prompt: '',
  temperature: '',
  evaluators: [],
  repetitions: '1',
  sample: '',
  spendCapUsd: '',
};

export const SOURCES = {
  generated: 'a model is asked',
  replayed: 'recorded requests are sent again',
  existing: 'as they were logged',
  posted: 'my own system posts them',
} as const satisfies Record<OutputSource['from'], string>;

export function runsOf(draft: RunDraft): NewRun[] {
  const models = asksModel(draft)
    ? draft.models
        .split(',')
        .map((model) => model.trim())
        .filter((model) => model !== '')
    : [];
  const one = (model: string | undefined): NewRun => ({
    name: models.length > 1 ? `${draft.name} (${model})` : draft.name,
    dataset: { name: draft.dataset, testShare: 0.2, ...optional('sample', draft.sample) },
    outputs: outputsOf(draft, model),
    evaluators: draft.evaluators.map((name) => ({ name, posted: false })),
    repetitions: Number(draft.repetitions),
    ...optional('spendCapUsd', draft.spendCapUsd),
  });
  return models.length === 0 ? [one(undefined)] : models.map(one);
}

export const asksModel = ({ from }: Pick<RunDraft, 'from'>): boolean => from === 'generated' || from === 'replayed';

function outputsOf({ from, upstream, prompt, temperature }: RunDraft, model: string | undefined): OutputSource {
  const where = upstream === '' ? {} : { upstream };
  if (from === 'posted' || from === 'existing') return { from };
  if (from === 'replayed')
    return {
      from,
      fresh: false,
      config: {
        ...where,
        ...(model === undefined ? {} : { model }),
        ...(prompt === '' ? {} : { system: prompt }),
        parameters: temperature === '' ? {} : { temperature: Number(temperature) },
      },
    };
  return {
    from,
    fresh: false,
    config: {
      upstream: upstream || 'openai',
      model: model ?? '',
      ...(prompt === '' ? {} : { prompt }),
      ...optional('temperature', temperature),
      parameters: {},
    },
  };
}

function optional<Name extends string>(name: Name, text: string): Partial<Record<Name, number>> {
  return text === '' ? {} : ({ [name]: Number(text) } as Record<Name, number>);
}
