/** Asks other evaluators: what is asked for at the same moment goes together, so that evaluators that take many logs at once get them. */
import type { Evaluated, EvaluationRequest, KindParts } from '../../kind.ts';

interface Waiting {
  request: EvaluationRequest;
  answer: PromiseWithResolvers<Evaluated>;
}

export class Asking {
  readonly #evaluate: KindParts['evaluate'];
  #waiting: Waiting[] = [];

  constructor(evaluate: KindParts['evaluate']) {
    this.#evaluate = evaluate;
  }

  /** The answer of the request's one evaluator. Rejects as `evaluate` does. */
  ask(request: EvaluationRequest): Promise<Evaluated> {
    const answer = Promise.withResolvers<Evaluated>();
    this.#waiting.push({ request, answer });
    if (this.#waiting.length === 1) setImmediate(() => void this.#flush());
    return answer.promise;
  }

  async #flush(): Promise<void> {
    const some = this.#waiting;
    this.#waiting = [];
    try {
      const answers = await this.#evaluate(
        some.map(({ request }) => request),
        (answer, index) => some[index]!.answer.resolve(answer),
      );
      for (const [index, answer] of answers.entries()) some[index]!.answer.resolve(answer);
    } catch (error) {
      for (const { answer } of some) answer.reject(error);
    }
  }
}
