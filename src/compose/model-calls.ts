/** Calls to models on their way from the thread of evaluation to the proxy, which is on the serving thread, and back. */
import type { ModelAnswer, ModelCall } from '../evaluation/model-call.ts';

export class ModelCalls {
  readonly #send: (number: number, call: ModelCall) => void;
  readonly #waiting = new Map<number, (answer: ModelAnswer | undefined) => void>();
  #count = 0;

  constructor(send: (number: number, call: ModelCall) => void) {
    this.#send = send;
  }

  make(call: ModelCall): Promise<ModelAnswer | undefined> {
    const number = ++this.#count;
    return new Promise((resolve) => {
      this.#waiting.set(number, resolve);
      this.#send(number, call);
    });
  }

  answer(number: number, answer: ModelAnswer | undefined): void {
    this.#waiting.get(number)?.(answer);
    this.#waiting.delete(number);
  }
}
