/**
 * What a kind of evaluator is to the rest: one object. Shared code that must know (is it trusted?) asks it, and never
 * which it is.
 */
import type { z } from 'zod';
import type { Evaluator, EvaluatorKind } from '../model/evaluator.ts';
import type { Log } from '../model/log.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Datapoint } from './define.ts';

/** One subject and the evaluators that shall look at it. */
export interface EvaluationRequest {
  /** Chosen by the caller, to find the answers again. */
  id: string;
  subject: Log;
  datapoint?: Datapoint;
  /** Whose log it is: an evaluator that belongs to a project looks at the logs of that one alone. */
  projectId?: string | undefined;
  /** Names. */
  evaluators: string[];
  /** The version that shall look, by name; the newest of those that are not named. Files have one version only. */
  versions?: Readonly<Record<string, string>> | undefined;
}

export interface Evaluated {
  id: string;
  evaluator: string;
  /** Version that gave the outcome; empty where no such evaluator is known. */
  version: string;
  outcome: Outcome;
  /** Set where it was not run because its evaluator is paused: when it may be. Milliseconds since the epoch. */
  retryAtMs?: number | undefined;
}

export type OnAnswer = (answer: Evaluated, index: number) => void;

/** A definition that cannot be used, and why. */
export interface Problem {
  file: string;
  message: string;
}

/** Evaluators of one kind, ready to run. */
export interface Prepared {
  list: Evaluator[];
  problems: Problem[];
  /**
   * One answer for each evaluator of each request. `onAnswer` hears of each that had to be waited for as soon as it is
   * there, by its place among all. Rejects with `draining` when it is closed meanwhile.
   */
  evaluate(requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]>;
  /** Whether what they were made from is different now. */
  changed(): Promise<boolean>;
  close(): Promise<void>;
}

/** `Context`: what the kind is handed in, besides its settings, by whoever wires it up; kinds open no connection of their own. */
export interface Kind<Settings, Context = undefined> {
  kind: EvaluatorKind;
  /** What its evaluators are defined by. */
  settings: z.ZodType<Settings>;
  /** Whether its code is the operator's own. Read nowhere yet: all kinds that there are are trusted. */
  trusted: boolean;
  /** Where its work is done: in a child process of ours, by a call to elsewhere, which is waited for without one, or not by us. */
  executes: 'process' | 'call' | 'never';
  prepare(settings: Settings, context: Context): Promise<Prepared>;
}
