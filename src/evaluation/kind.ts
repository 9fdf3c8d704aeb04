/**
 * What a kind of evaluator is to the rest: one object. Shared code that must know (is it trusted?) asks it, and never
 * which it is. Evaluators of all kinds but `module` are defined by settings (`DefinedKind`), be they in a file, in
 * `gradeway.yaml` or in the store: a kind is given what it shall run with each piece of work, and keeps no list of its own.
 */
import type { z } from 'zod';
import type { DefinitionKind, DefinitionOf } from '../model/definition.ts';
import type { Evaluator, EvaluatorKind } from '../model/evaluator.ts';
import type { Log } from '../model/log.ts';
import type { Outcome } from '../model/outcome.ts';
import type { Score } from '../model/score.ts';
import type { Datapoint } from './define.ts';
import type { ModelAccess } from './model-call.ts';
import type { Receivers } from './receivers.ts';

/** One subject and the evaluators that shall look at it. */
export interface EvaluationRequest {
  /** Chosen by the caller, to find the answers again. */
  id: string;
  subject: Log;
  datapoint?: Datapoint;
  /** Whose log it is, where that is not the subject's: an evaluator that belongs to a project looks at its logs alone. */
  projectId?: string | undefined;
  /** Names. */
  evaluators: string[];
  /** As of `Work`. */
  isTrial?: boolean | undefined;
  /** The version that shall look, by name; the newest of those that are not named. Files have one version only. */
  versions?: Readonly<Record<string, string>> | undefined;
  /** Evaluators of which this is a part, from the outermost on. */
  within?: readonly string[] | undefined;
}

export interface Evaluated {
  id: string;
  evaluator: string;
  /** Version that gave the outcome; empty where no such evaluator is known. */
  version: string;
  outcome: Outcome;
  /** Set where it was not run because its evaluator rests, or its far end: when it may be. Milliseconds since the epoch. */
  retryAtMs?: number | undefined;
}

export type OnAnswer = (answer: Evaluated, index: number) => void;

/** An evaluator that cannot be used, and why. */
export interface Problem {
  /** Its file; its name where it is none. */
  file: string;
  /** Whose it is, where it is no file. */
  projectId?: string;
  message: string;
}

/** Where a kind's work is done: in a child process of ours, by a call to elsewhere, which is waited for without one, or not by us. */
export type Executes = 'process' | 'call' | 'never';

/** Evaluators of a folder, ready to run. */
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
  executes: Executes;
  prepare(settings: Settings, context: Context): Promise<Prepared>;
}

/** One version of an evaluator, or a draft of one. Never changed: what a kind makes of it can be kept as long as it is. */
export interface Runnable<Of extends DefinitionKind = DefinitionKind> {
  evaluator: Evaluator;
  settings: DefinitionOf<Of>['settings'];
}

export interface Work<Of extends DefinitionKind = DefinitionKind> {
  runnable: Runnable<Of>;
  subject: Log;
  datapoint?: Datapoint | undefined;
  /** Somebody tries it out: the outcome tells what it was asked with, as `rendered`. */
  isTrial?: boolean | undefined;
  /** As of `EvaluationRequest`. */
  projectId?: string | undefined;
  within?: readonly string[] | undefined;
}

export type Result = Pick<Evaluated, 'outcome' | 'retryAtMs'>;

/** What runs the evaluators of one kind, of all projects and versions, as long as the process lives. */
export interface Runner<Of extends DefinitionKind = DefinitionKind> {
  /** Tells of each piece of work once, by its place, as soon as it is done; resolves after the last. Rejects with `draining` when it is closed meanwhile. */
  run(work: readonly Work<Of>[], onResult: (result: Result, index: number) => void): Promise<void>;
  /** What it may cost in US dollars at most, null where that is not known. Absent where it costs nothing. */
  costAtMost?(work: Work<Of>): number | null | Promise<number | null>;
  /** What is wrong with each, where that takes trying: asked of files when they are loaded, of others when they are put. Rejects with `draining`. */
  check?(some: readonly DefinitionOf<Of>['settings'][]): Promise<(Fault | undefined)[]>;
  /** Gets ready what these will need when they are run. */
  expect?(some: readonly DefinitionOf<Of>['settings'][]): void;
  close(): Promise<void>;
}

/** What is wrong with a definition: the member, such as `settings.template`, and a text that says what to do. */
export interface Fault {
  member: string;
  message: string;
}

/** What kinds are handed in by whoever wires them up; they open no connection of their own. */
export interface KindParts {
  /** For judges. Without it there are none. */
  models?: ModelAccess | undefined;
  /** For those that look at the scores of a log: those that are there when it is asked. Without it there are none. */
  readScores?: ((projectId: string, logId: string) => Promise<Score[]>) | undefined;
  /** For webhooks. Without it there are none. */
  receivers?: Receivers | undefined;
  /** For those that ask other evaluators; as `Evaluators.evaluate`. */
  evaluate(requests: EvaluationRequest[], onAnswer?: OnAnswer): Promise<Evaluated[]>;
  /** For those that ask other evaluators; as `Evaluators.costAtMost`. */
  costAtMost(asked: CostQuestion): Promise<number | null>;
}

/** What one evaluator may cost that looks at one log. */
export interface CostQuestion extends Pick<Work, 'subject' | 'within'> {
  projectId: string;
  name: string;
  /** Undefined: the newest. */
  version?: string | undefined;
}

/** An evaluator as those see it that ask others. */
export interface Other {
  evaluator: Evaluator;
  /** Absent where it is a module. */
  settings?: Runnable['settings'] | undefined;
  /** Why nobody can wait for its outcome, as the end of a sentence. */
  outlasts?: string | undefined;
}

/** The evaluators that one project has: files and its own, or files alone. */
export interface Others {
  /** The newest, or a version; undefined where there is none, or it was deleted. Rejects as the store does. */
  find(name: string, version?: string): Promise<Other | undefined>;
  names(): string[];
}

export interface FileEvaluators<Of extends DefinitionKind> {
  evaluators: (Runnable<Of> & { file: string })[];
  problems: Problem[];
}

export interface DefinedKind<Of extends DefinitionKind> {
  kind: Of;
  /** Whether it may do what the operator may. What comes over the API may not. */
  trusted: boolean;
  executes: Executes;
  /** Evaluators that are files of a folder. Never rejects: a folder that is not there is the business of modules. */
  readFiles?(folder: string, parts: KindParts): Promise<FileEvaluators<Of>>;
  /** What is wrong besides what the schema says; asked when it is put, and at each start, since settings change. Quick. */
  faultOf(definition: DefinitionOf<Of>, parts: KindParts): Fault | undefined;
  /** The definition with what follows from its settings, before it is stored. Asked where nothing is wrong with it. */
  complete?(definition: DefinitionOf<Of>): DefinitionOf<Of>;
  /** For kinds that ask others: the definition with what follows from those that it names, or what is wrong with it among them. */
  settle?(definition: DefinitionOf<Of>, others: Others): Promise<DefinitionOf<Of> | Fault>;
  /** Why nobody can wait for its outcome, as the end of a sentence; undefined where one can. */
  outlasts?(settings: DefinitionOf<Of>['settings']): string | undefined;
  /** Absent where `executes` is `never`. */
  start?(parts: KindParts): Runner<Of>;
}
