/** What the thread of evaluation is started with, and what it and the serving thread say to each other. */
import type { MessagePort } from 'node:worker_threads';
import type { Attempt } from '../evaluation/attempt.ts';
import type { Proposed } from '../evaluation/check.ts';
import type { Problem } from '../evaluation/evaluators.ts';
import type { Fault, Result } from '../evaluation/kind.ts';
import type { ModelAnswer, ModelCall } from '../evaluation/model-call.ts';
import type { Definition } from '../model/definition.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { Provider } from '../model/exchange.ts';
import type { Rule } from '../model/rule.ts';
import type { Outcome } from '../model/outcome.ts';
import type { DefinedEvaluator } from '../store/definitions.ts';
import type { Look, Looked } from './inline-looks.ts';
import type { DeliverySettings } from './webhooks.ts';

export interface EvaluationThreadData {
  folder: string;
  /** What evaluators see of the environment. */
  environment: Record<string, string>;
  /** Wire formats of the upstreams, by name. */
  upstreams: ReadonlyMap<string, Provider>;
  /** This process, as leases name it. */
  replica: string;
  /** Which receivers of webhook evaluators may be called, besides those on the public internet. */
  allowedNetworks: readonly string[];
}

export type ToEvaluationThread =
  | { consume: { writer: MessagePort; reader: MessagePort }; deliveries: DeliverySettings }
  | { wake: true }
  /** All evaluators that the store has. */
  | { definitions: DefinedEvaluator[] }
  /** All rules of all projects. */
  | { rules: Rule[] }
  | { ask: { number: number; question: EvaluationQuestion } }
  /** Guardrails will have evaluators look at calls under way. */
  | { guard: true }
  | { look: Look }
  /** What came of a call that was asked for by `call`. */
  | { answered: { call: number; answer: ModelAnswer | undefined } }
  | { close: { graceMs: number } };

/** What the API asks before something is stored. */
export type EvaluationQuestion = { check: Proposed } | { attempt: Attempt };

export type EvaluationAnswer = { checked: Definition | Fault } | { attempted: Result[] };

export type FromEvaluationThread =
  | { loaded: { evaluators: Evaluator[]; problems: Problem[] } }
  /** The evaluators that were told of last are in use. */
  | { defined: true }
  | { answer: { number: number; answer: EvaluationAnswer } | { number: number; error: string } }
  | { failure: { message: string } }
  /** A judge asks a model: the proxy is on the serving thread. */
  | { call: { number: number; request: ModelCall } }
  /** Evaluators stand by for `look`; or why they do not. */
  | { guarding: { error: string | undefined } }
  | { looked: Looked }
  /** Counts of what ended: evaluator -> outcome -> how many. */
  | { ended: [evaluator: string, outcome: Outcome['outcome'], count: number][]; fenced: number }
  /** Tries of deliveries that are over: how many came to what. */
  | { tried: Record<'delivered' | 'failed' | 'dead', number> }
  | { trouble: { step: string; message: string } }
  | { progress: { lastProgressAtMs: number; holding: number } };
