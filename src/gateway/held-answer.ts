/**
 * An answer of an upstream that is held back until guardrails have looked at it: its head, what has come of its body, and whether
 * that is all. Letting it go is left to forward.ts, what follows from what guardrails say to guard.ts.
 *
 *     holding --the upstream ended, or its stream says that it is over--> looking --answered--> settled
 *             --more than guardrails look at------------------------------------------------> settled
 */
import type { Head } from './answer.ts';
import type { Call } from './call.ts';
import type { Guard, Refusal } from './guard.ts';
import { StreamEnd } from './stream-end.ts';

/** A stream's ending event waits no longer than this for the upstream to end, as in answer.ts. */
const END_MS = 250;

/** Whether guardrails have to look at an answer first. A provider's error has no output, and passes. */
export function isAnswerGuarded(guard: Guard | undefined, head: Head, isStream: boolean): boolean {
  if (guard === undefined || !head.mayHaveBody || head.contentLength === 0 || head.status >= 400) return false;
  if (isStream) guard.passStream();
  return guard.left('response').length > 0;
}

export class HeldAnswer {
  readonly head: Head;
  readonly chunks: Buffer[] = [];
  /** The upstream has sent all. */
  isEnded = false;
  trailers: [string, string][] | undefined = undefined;
  readonly #call: Call;
  readonly #settle: (held: HeldAnswer, refusal: Refusal | undefined) => void;
  readonly #streamEnd: StreamEnd | undefined;
  #size = 0;
  #state: 'holding' | 'looking' | 'settled' = 'holding';
  #timer: NodeJS.Timeout | undefined = undefined;

  /** `settle` is called once, unless the call is over before. */
  constructor(call: Call, head: Head, settle: (held: HeldAnswer, refusal: Refusal | undefined) => void) {
    this.#call = call;
    this.head = head;
    this.#settle = settle;
    this.#streamEnd = head.isEventStream ? new StreamEnd() : undefined;
  }

  /** Takes bytes that arrived. They are copied. */
  add(chunk: Buffer): void {
    this.chunks.push(Buffer.from(chunk));
    this.#size += chunk.length;
    if (this.#state !== 'holding') return;
    const { guardrailBytes } = this.#call.core.options.limits;
    if (this.#size > guardrailBytes) this.#end(this.#call.guard!.passUnseen('response', guardrailBytes));
    else if (this.#streamEnd?.isEnd(chunk) === true) this.#timer ??= setTimeout(() => this.#look(), END_MS);
  }

  end(trailers: [string, string][] | undefined): void {
    this.isEnded = true;
    this.trailers = trailers;
    if (this.#state === 'holding') this.#look();
  }

  #look(): void {
    if (this.#call.over) return;
    clearTimeout(this.#timer);
    this.#state = 'looking';
    const { core, guard } = this.#call;
    const size = this.#size;
    const body = { parts: this.chunks.slice(), kept: size, size, truncated: false, sha256: undefined };
    const seen = this.#call.soFar({ response: body }, this.head.status);
    void core.options.guardrails!.look(guard!.left('response'), seen).then((found) => {
      if (!this.#call.over) this.#end(guard!.settle('response', found));
    });
  }

  #end(refusal: Refusal | undefined): void {
    clearTimeout(this.#timer);
    this.#state = 'settled';
    this.#settle(this, refusal);
  }
}
