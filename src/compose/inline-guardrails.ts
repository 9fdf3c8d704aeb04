/**
 * Guardrails on the serving side: has the thread of evaluation look at calls, and keeps to the deadlines of who waits. What follows
 * from what they find is the gateway's business.
 */
import type { Metrics } from '../diagnostics.ts';
import { GatewayError } from '../errors.ts';
import type { Problem } from '../evaluation/evaluators.ts';
import { guardrailFault } from '../evaluation/guardrail-fault.ts';
import type { Guardrails } from '../gateway/guard.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Exchange, InlineEvaluation } from '../model/exchange.ts';
import { type Guardrail, type OwnedGuardrail, verdictOf } from '../model/guardrail.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Evaluation } from './evaluation.ts';

export interface InlineGuardrailsOptions {
  evaluation: Pick<Evaluation, 'look' | 'evaluators'>;
  metrics: Pick<Metrics, 'guardrailVerdicts' | 'guardrailSeconds'>;
}

/** What guardrails of the store are called together in counters: no label of a metric comes from a request. */
const DEFINED = '(defined)';

/** Makes evaluators stand by for the guardrails of the settings. Rejects with `invalid_setting` where one cannot do its work. */
export async function startGuardrails(
  guardrails: readonly Guardrail[],
  parts: { evaluation: Evaluation; metrics: Metrics },
): Promise<InlineGuardrails> {
  const { evaluators, problems } = parts.evaluation;
  const faults = guardrailFaults(guardrails, evaluators, problems);
  if (faults.length > 0) throw new GatewayError('invalid_setting', { message: faults.join('\n') });
  const inline = new InlineGuardrails(parts);
  if (guardrails.length === 0) return inline;
  await parts.evaluation.guard();
  inline.use(guardrails.map((guardrail) => ({ ...guardrail, projectId: null })));
  return inline;
}

/** What is wrong with guardrails of all projects, by these evaluators. */
export function guardrailFaults(
  guardrails: readonly Guardrail[],
  evaluators: readonly Evaluator[],
  problems: readonly Problem[],
): string[] {
  const ofAll = evaluators.filter(({ projectId }) => projectId === null);
  return guardrails.flatMap((guardrail) => {
    const fault = guardrailFault(guardrail, ofAll, problems);
    return fault === undefined ? [] : [`guardrails: ${guardrail.name}: ${fault.member}: ${fault.message}`];
  });
}

export class InlineGuardrails implements Guardrails {
  readonly #options: InlineGuardrailsOptions;
  #all: readonly OwnedGuardrail[] = [];

  constructor(options: InlineGuardrailsOptions) {
    this.#options = options;
  }

  list(): readonly OwnedGuardrail[] {
    return this.#all;
  }

  /** From now on these are all that there are. */
  use(all: readonly OwnedGuardrail[]): void {
    this.#all = all;
  }

  async look(guardrails: readonly OwnedGuardrail[], call: Exchange): Promise<(InlineEvaluation | undefined)[]> {
    const beganAtMs = performance.now();
    const { evaluation: thread } = this.#options;
    const waiting = guardrails.map(
      (guardrail) => new Answer(guardrail, { beganAtMs, version: versionOf(thread.evaluators, guardrail, call) }),
    );
    const stopWaiting = thread.look(
      call,
      guardrails.map(({ evaluator, filter }) => ({ evaluator, filter })),
      (place, evaluation) => waiting[place]!.give(evaluation),
    );
    const found = await Promise.all(waiting.map(({ promise }) => promise));
    stopWaiting();
    const { guardrailSeconds, guardrailVerdicts } = this.#options.metrics;
    guardrailSeconds.observe((performance.now() - beganAtMs) / 1000);
    for (const [index, guardrail] of guardrails.entries()) {
      const one = found[index];
      if (one === undefined) continue;
      const name = guardrail.projectId === null ? guardrail.name : DEFINED;
      guardrailVerdicts.inc({ guardrail: name, verdict: verdictOf(guardrail, one.outcome) });
    }
    return found;
  }
}

/** What is told of a look that had no end in time. */
function versionOf(evaluators: readonly Evaluator[], { evaluator }: OwnedGuardrail, { projectId }: Exchange): string {
  const known = evaluators.find(
    (one) => one.name === evaluator && (one.projectId === null || one.projectId === projectId),
  );
  return known?.version ?? '';
}

/** The answer of one guardrail, or that there is none in time. A class for its timer. */
class Answer {
  readonly promise: Promise<InlineEvaluation | undefined>;
  readonly #guardrail: OwnedGuardrail;
  readonly #look: { beganAtMs: number; version: string };
  readonly #resolve: (evaluation: InlineEvaluation | undefined) => void;
  readonly #timer: NodeJS.Timeout;

  constructor(guardrail: OwnedGuardrail, look: { beganAtMs: number; version: string }) {
    const { promise, resolve } = Promise.withResolvers<InlineEvaluation | undefined>();
    this.promise = promise;
    this.#guardrail = guardrail;
    this.#look = look;
    this.#resolve = resolve;
    this.#timer = setTimeout(() => this.#late(), guardrail.deadlineMs);
  }

  give(evaluation: { version: string; outcome: Outcome } | null): void {
    clearTimeout(this.#timer);
    this.#resolve(evaluation === null ? undefined : this.#evaluation(evaluation));
  }

  #late(): void {
    const { name, deadlineMs } = this.#guardrail;
    const message = `The guardrail ${name} had no answer within ${deadlineMs} ms.`;
    const durationMs = performance.now() - this.#look.beganAtMs;
    const outcome: Outcome = { outcome: 'failed', code: 'timeout', message, retryable: true, durationMs, printed: '' };
    this.#resolve(this.#evaluation({ version: this.#look.version, outcome }));
  }

  #evaluation({ version, outcome }: { version: string; outcome: Outcome }): InlineEvaluation {
    const { evaluator } = this.#guardrail;
    return { evaluator, evaluatorVersion: version, outcome, atMs: Date.now() };
  }
}
