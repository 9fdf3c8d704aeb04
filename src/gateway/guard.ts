/**
 * The guardrails of one call: which concern it, what they have found so far, and what follows for its client. Asking them is done
 * by whoever gives `look`; holding back what they look at is the business of guarded-request.ts and held-answer.ts.
 *
 *     concerned --look--> blocked ------------------------------> the call is refused: guardrail_blocked
 *                         undecided, and closed -----------------> the call is refused: guardrail_failed
 *                         passed, or undecided and open ---------> it goes on
 *               --too large, or a stream that is not held--> it goes on or is refused as when undecided; the evaluator looks at the log
 */
import { ERRORS, type ErrorCode } from '../errors.ts';
import type { Exchange, InlineEvaluation, LaterLook } from '../model/exchange.ts';
import type { Filterable } from '../model/filter-match.ts';
import { matchesSoFar } from '../model/filter-match.ts';
import type { Leaf } from '../model/filter.ts';
import { annotationOf, type GuardrailSide, type OwnedGuardrail, verdictOf } from '../model/guardrail.ts';

export interface Guardrails {
  /** All that there are now. */
  list(): readonly OwnedGuardrail[];
  /**
   * What each of them makes of a call, in their order; undefined for one whose filter rules the call out. Keeps to their
   * deadlines, and never rejects.
   */
  look(guardrails: readonly OwnedGuardrail[], call: Exchange): Promise<(InlineEvaluation | undefined)[]>;
}

export interface Refusal {
  code: ErrorCode;
  message: string;
}

/** What is known of a call before its body is read. */
export interface CallHead {
  projectId: string;
  properties: ReadonlyMap<string, string>;
  /** By the names of a filter's fields; those that are missing depend on bodies. */
  fields: { readonly [Name in Parameters<Filterable['field']>[0]]?: string | number };
}

/** Undefined where no guardrail concerns the call, as far as its head tells. */
export function guardOf(all: readonly OwnedGuardrail[], known: CallHead): Guard | undefined {
  const concerned = all.filter(({ projectId }) => projectId === null || projectId === known.projectId);
  const possible = concerned.filter(({ filter }) => {
    if (filter === undefined) return true;
    return matchesSoFar(filter, filterable(known), (leaf) => isKnown(leaf, known)) !== false;
  });
  return possible.length === 0 ? undefined : new Guard(possible);
}

export class Guard {
  readonly evaluations: InlineEvaluation[] = [];
  readonly later: LaterLook[] = [];
  /** For the header Gradeway-Guardrail. */
  readonly #annotations: string[] = [];
  readonly #left: Record<GuardrailSide, readonly OwnedGuardrail[]>;

  constructor(guardrails: readonly OwnedGuardrail[]) {
    this.#left = {
      request: guardrails.filter(({ on }) => on === 'request'),
      response: guardrails.filter(({ on }) => on === 'response'),
    };
  }

  /** Those that still have to look. */
  left(side: GuardrailSide): readonly OwnedGuardrail[] {
    return this.#left[side];
  }

  get annotations(): string | undefined {
    return this.#annotations.length === 0 ? undefined : this.#annotations.join(', ');
  }

  /** Streams pass by those that do not hold them. */
  passStream(): void {
    this.#leave(this.#left.response.filter(({ holdStreams }) => !holdStreams));
    this.#left.response = this.#left.response.filter(({ holdStreams }) => holdStreams);
  }

  /** What a side holds is more than they look at. The refusal, where one of them is closed. */
  passUnseen(side: GuardrailSide, limit: number): Refusal | undefined {
    const unseen = this.#left[side];
    this.#left[side] = [];
    this.#leave(unseen);
    const closed = unseen.find(({ onFailure }) => onFailure === 'closed');
    if (closed === undefined) return undefined;
    const reason = `The ${side} is larger than limits.guardrailBytes, which is ${limit}`;
    return { code: 'guardrail_failed', message: failedMessage(closed.name, reason) };
  }

  /** Takes what they found, in the order of `left`. The refusal of the first that stops the call. */
  settle(side: GuardrailSide, found: readonly (InlineEvaluation | undefined)[]): Refusal | undefined {
    let refusal: Refusal | undefined;
    for (const [index, guardrail] of this.#left[side].entries()) {
      const evaluation = found[index];
      if (evaluation === undefined) continue;
      this.#keep(evaluation);
      const stopped = stops(guardrail, evaluation, side);
      refusal ??= stopped;
      if (stopped === undefined && guardrail.action !== 'annotate') continue;
      const annotation = annotationOf(guardrail, evaluation.outcome);
      if (annotation !== undefined) this.#annotations.push(annotation);
    }
    this.#left[side] = [];
    return refusal;
  }

  #leave(guardrails: readonly OwnedGuardrail[]): void {
    for (const { evaluator, filter } of guardrails) this.later.push({ evaluator, filter });
  }

  /** Of one evaluator the last look counts: of request and response, it has seen both. */
  #keep(evaluation: InlineEvaluation): void {
    const before = this.evaluations.findIndex(({ evaluator }) => evaluator === evaluation.evaluator);
    if (before !== -1) this.evaluations.splice(before, 1);
    this.evaluations.push(evaluation);
  }
}

function stops(guardrail: OwnedGuardrail, { outcome }: InlineEvaluation, side: GuardrailSide): Refusal | undefined {
  if (guardrail.action !== 'block') return undefined;
  const verdict = verdictOf(guardrail, outcome);
  if (verdict === 'passed') return undefined;
  if (verdict === 'blocked') {
    const own = `The guardrail ${guardrail.name} stopped this call for its ${side}. The log that log_id names has the reason.`;
    return { code: 'guardrail_blocked', message: guardrail.message ?? own };
  }
  if (guardrail.onFailure === 'open') return undefined;
  const why = outcome.outcome === 'failed' ? `It failed (${outcome.code})` : 'It gave no score to decide by';
  return { code: 'guardrail_failed', message: failedMessage(guardrail.name, why) };
}

function failedMessage(name: string, why: string): string {
  return `${ERRORS.guardrail_failed.message} It is ${name}. ${why}.`;
}

function filterable({ properties, fields }: CallHead): Filterable {
  return {
    field: (name) => fields[name],
    property: (name) => properties.get(name),
    text: () => '',
  };
}

function isKnown(leaf: Leaf, { fields }: CallHead): boolean {
  if ('field' in leaf) return fields[leaf.field] !== undefined;
  return 'property' in leaf;
}
