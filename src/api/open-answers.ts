/** A bound on the answers of one kind that a project has open at a time, where an answer may go on for hours. */
import { GatewayError } from '../errors.ts';

/** The part of Node's response that tells of its end. */
interface Answer {
  readonly destroyed: boolean;
  once(event: 'close', listener: () => void): unknown;
}

/** Calls `listener` when an answer is over, also where its client went before anybody asked. */
export function onceOver(answer: Answer, listener: () => void): void {
  if (answer.destroyed) listener();
  else answer.once('close', listener);
}

/** Counts an answer until it is closed, as Node's response says. Throws `too_many_open` where there are `most`. */
export function openAnswers(most: number, kind: string): (projectId: string, answer: Answer) => void {
  const open = new Map<string, number>();
  return (projectId, answer) => {
    const count = open.get(projectId) ?? 0;
    if (count >= most)
      throw new GatewayError('too_many_open', {
        message: `This project has ${count} ${kind} open, as many as it may. Close one, or try again later.`,
      });
    open.set(projectId, count + 1);
    onceOver(answer, () => {
      const left = open.get(projectId)! - 1;
      if (left === 0) open.delete(projectId);
      else open.set(projectId, left);
    });
  };
}
