/** Jobs as they are made with their logs. */
import type { TakenOfDay } from './rule-days.ts';

/** An evaluator that shall look at a log; its name alone where all else is as a rule. */
export interface NewJob {
  name: string;
  /** Absent: the newest when it runs. */
  version?: string;
  /** 0 by default. Higher goes first among those of one evaluator and project that are not older by more than it is worth. */
  priority?: number;
  /** With which probability the log was chosen, above 0; absent: 1, for it was not sampled. */
  probability?: number;
  /** The number a day that it is counted to: where that is used up, no job is made. */
  perDay?: TakenOfDay;
  /** The rule whose budget pays for it; absent where none has one. */
  paidBy?: string;
}
