/**
 * What a kind of evaluator is to the rest: one object. Shared code that must know (is it trusted?) asks it, and never
 * which it is.
 */
import type { z } from 'zod';
import type { DefinitionKind, Versioned } from '../model/definition.ts';
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
  /** The version that shall look, by name; the newest of those that are not named. Modules have one version only. */
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

export interface Kind<Settings> {
  kind: EvaluatorKind;
  /** What its evaluators are defined by. */
  settings: z.ZodType<Settings>;
  /** Whether its code is the operator's own. Read nowhere yet: all kinds that there are are trusted. */
  trusted: boolean;
  /**
   * Where its work is done: in a child process of ours, by a call to elsewhere, or not by us at all. Read nowhere yet: the
   * one kind that there is uses a process.
   */
  executes: 'process' | 'call' | 'never';
}

/** A kind whose evaluators are files in a folder; its settings are those of the folder. */
export interface FolderKind<Settings> extends Kind<Settings> {
  prepare(settings: Settings): Promise<Prepared>;
}

/** A kind whose evaluators are definitions, of several projects and versions at once. */
export interface DefinedKind<Of extends DefinitionKind> extends Kind<Versioned<Of>['definition']['settings']> {
  kind: Of;
  /** A definition that cannot be used goes to `problems`; it never rejects on its account. */
  prepare(definitions: Versioned<Of>[], context: KindContext): Promise<Prepared>;
}

/**
 * What kinds are handed in, each member by whoever builds the kind that needs it: kinds open no connection of their own.
 * Extended by declaring the member here.
 */
export interface KindContext {
  /** Milliseconds since the epoch. */
  now(): number;
}
