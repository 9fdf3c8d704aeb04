/** Evaluators of several kinds as if they were of one: each is asked for what is its own. */
import type { Evaluated, EvaluationRequest, OnAnswer, Prepared } from './kind.ts';

/** Where two have an evaluator of the same name, the first keeps it. The first also answers for names that nobody has. */
export function combine(kinds: [Prepared, ...Prepared[]]): Prepared {
  const owners = new Map<string, Prepared>();
  const problems = kinds.flatMap((kind) => kind.problems);
  for (const kind of kinds)
    for (const { name } of kind.list) {
      if (owners.has(name))
        problems.push({
          file: name,
          message: `There are two evaluators "${name}" of different kinds. Rename one of them.`,
        });
      else owners.set(name, kind);
    }
  const ownerOf = (name: string): Prepared => owners.get(name) ?? kinds[0];

  return {
    list: kinds
      .flatMap((kind) => kind.list.filter(({ name }) => owners.get(name) === kind))
      .toSorted((a, b) => (a.name < b.name ? -1 : 1)),
    problems,
    async evaluate(requests, onAnswer) {
      const answers: Evaluated[] = [];
      const parts = new Map<Prepared, { requests: EvaluationRequest[]; places: number[] }>();
      let place = 0;
      for (const request of requests) {
        const byOwner = new Map<Prepared, EvaluationRequest>();
        for (const name of request.evaluators) {
          const owner = ownerOf(name);
          const part = parts.get(owner) ?? { requests: [], places: [] };
          parts.set(owner, part);
          let own = byOwner.get(owner);
          if (own === undefined) {
            own = { ...request, evaluators: [] };
            byOwner.set(owner, own);
            part.requests.push(own);
          }
          own.evaluators.push(name);
          part.places.push(place++);
        }
      }
      await Promise.all(
        [...parts].map(async ([owner, part]) => {
          const heard: OnAnswer | undefined = onAnswer && ((answer, index) => onAnswer(answer, part.places[index]!));
          const some = await owner.evaluate(part.requests, heard);
          for (const [index, answer] of some.entries()) answers[part.places[index]!] = answer;
        }),
      );
      return answers;
    },
    changed: async () => (await Promise.all(kinds.map((kind) => kind.changed()))).some(Boolean),
    async close() {
      await Promise.all(kinds.map((kind) => kind.close()));
    },
  };
}
