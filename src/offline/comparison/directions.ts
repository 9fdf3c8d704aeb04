/** Which direction of a score is good. */
import type { Evaluator } from '../../model/evaluator.ts';

/** Null: neither is. */
export type Direction = 'higher' | 'lower' | null;

/** By the name of a score or of its evaluator. */
export type Directions = Readonly<Record<string, Direction>>;

/** What the evaluators that a project may use say of their scores. */
export function directionsOf(
  evaluators: readonly Pick<Evaluator, 'name' | 'projectId' | 'better'>[],
  projectId: string,
): Directions {
  const own = evaluators.filter((one) => one.projectId === null || one.projectId === projectId);
  return Object.fromEntries(own.flatMap(({ name, better }) => (better === null ? [] : [[name, better]])));
}

/** What is said of the score, else of its evaluator, of which it may be a part; higher where nothing is said. */
export function directionOf(better: Directions, { name, evaluator }: { name: string; evaluator: string }): Direction {
  if (Object.hasOwn(better, name)) return better[name]!;
  return Object.hasOwn(better, evaluator) ? better[evaluator]! : 'higher';
}
