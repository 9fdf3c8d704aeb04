/** Hands requests to whom they concern: to the runner of a kind with the version that shall look, and all else to the modules. */
import type { DefinitionKind } from '../model/definition.ts';
import type { Evaluated, EvaluationRequest, OnAnswer, Prepared, Runnable, Runner, Work } from './kind.ts';
import type { Sought } from './registry.ts';

export interface Hands {
  find(sought: Sought): Runnable | undefined | Promise<Runnable | undefined>;
  /** Undefined where the kind has none: it is worked on elsewhere. */
  runnerOf(kind: DefinitionKind): Runner | undefined;
  /** Whoever answers for names that nobody else has. */
  modules: Pick<Prepared, 'evaluate'>;
}

/** As `Evaluators.evaluate`. Rejects as `find` does before anything has begun. */
export async function dispatch(
  requests: readonly EvaluationRequest[],
  hands: Hands,
  onAnswer?: OnAnswer,
): Promise<Evaluated[]> {
  const asked = requests.flatMap((request) => request.evaluators.map((name) => ({ request, name })));
  const found = await Promise.all(
    asked.map(async ({ request: { projectId, subject, versions = {} }, name }) => {
      const version = Object.hasOwn(versions, name) ? versions[name] : undefined;
      return hands.find({ projectId: projectId ?? subject.projectId, name, version });
    }),
  );
  const answers: Evaluated[] = [];
  const work = new Map<Runner, { work: Work[]; places: number[] }>();
  const rest: { requests: EvaluationRequest[]; places: number[] } = { requests: [], places: [] };
  for (const [place, { request, name }] of asked.entries()) {
    const runnable = found[place];
    if (runnable === undefined) {
      const last = rest.requests.at(-1);
      if (last?.id === request.id && last.subject === request.subject) last.evaluators.push(name);
      else rest.requests.push({ ...request, evaluators: [name] });
      rest.places.push(place);
      continue;
    }
    const { version, kind } = runnable.evaluator;
    const answer = (outcome: Evaluated['outcome']): Evaluated => ({
      id: request.id,
      evaluator: name,
      version,
      outcome,
    });
    const runner = hands.runnerOf(kind as DefinitionKind);
    answers[place] = answer(elsewhere(name));
    if (runner === undefined) continue;
    const part = work.get(runner) ?? { work: [], places: [] };
    work.set(runner, part);
    part.work.push({ runnable, ...pick(request) });
    part.places.push(place);
  }
  const running = [...work].map(async ([runner, { work: some, places }]) =>
    runner.run(some, (result, index) => {
      const place = places[index]!;
      Object.assign(answers[place]!, result);
      onAnswer?.(answers[place]!, place);
    }),
  );
  const others = async (): Promise<void> => {
    if (rest.requests.length === 0) return;
    const heard: OnAnswer | undefined = onAnswer && ((answer, index) => onAnswer(answer, rest.places[index]!));
    for (const [index, answer] of (await hands.modules.evaluate(rest.requests, heard)).entries())
      answers[rest.places[index]!] = answer;
  };
  await Promise.all([others(), ...running]);
  return answers;
}

function pick({ subject, datapoint, isTrial, projectId, within }: EvaluationRequest): Omit<Work, 'runnable'> {
  return { subject, datapoint, isTrial, projectId, within };
}

function elsewhere(name: string): Evaluated['outcome'] {
  const reason = `"${name}" is worked on elsewhere.`;
  return { outcome: 'skipped', reason, durationMs: 0, printed: '' };
}
