/**
 * Two slices compared, measure by measure: each by the test of its kind, and all of them together by Holm's procedure, so that
 * of twenty scores one does not stand out by chance. The interval of each is at the level that it was judged with.
 */
import type { ScoreKind } from '../../model/score.ts';
import { type CategoryComparison, compareCategories } from '../../statistics/category-difference.ts';
import { noCounts } from '../../statistics/counts.ts';
import { booleansOf, type Values } from '../../statistics/description.ts';
import { holm, holmLevels } from '../../statistics/multiple.ts';
import { emptySummary, momentsOfSummary } from '../../statistics/summary.ts';
import { type Comparison, compareMeans, compareShares, sentenceOf } from '../../statistics/verdict.ts';

export interface Pair {
  kind: ScoreKind;
  /** What sentences call it. */
  name: string;
  before: Values;
  after: Values;
  higherIsBetter: boolean | null;
  minimumDifference: number | undefined;
}

export interface Judged extends Omit<Comparison, 'interval'> {
  interval: Comparison['interval'];
  /** p with as many tests taken into account as there are; null where p is. */
  adjustedP: number | null;
  /** The level that it was judged with. */
  level: number;
  /** Of categories alone. */
  categories: CategoryComparison['categories'] | null;
  sentence: string;
}

export function judgedTogether(
  pairs: readonly Pair[],
  level: number,
  slices: { before: string; after: string },
): { judged: Judged[]; tests: number } {
  const alone = pairs.map((pair) => compared(pair, level));
  const tested = alone.flatMap(({ p }, index) => (p === null ? [] : [{ index, p }]));
  const ps = tested.map(({ p }) => p);
  const [adjusted, levels] = [holm(ps), holmLevels(ps, level)];
  const placeOf = new Map(tested.map(({ index }, place) => [index, place]));
  const judged = pairs.map((pair, index): Judged => {
    const place = placeOf.get(index);
    const own = place === undefined ? level : levels[place]!;
    const found = compared(pair, own);
    const sentence =
      pair.kind === 'category'
        ? categorySentence(pair.name, found, slices)
        : sentenceOf(found, { score: pair.name, ...slices }, minimumOf(pair));
    return { ...found, adjustedP: place === undefined ? null : adjusted[place]!, level: own, sentence };
  });
  return { judged, tests: ps.length };
}

type Found = Comparison & Pick<Judged, 'categories'>;

function compared(pair: Pair, level: number): Found {
  const { kind, before, after, higherIsBetter } = pair;
  if (kind === 'category') {
    const { verdict, p, categories } = compareCategories(
      before.categories ?? noCounts(),
      after.categories ?? noCounts(),
      level,
    );
    return { verdict, difference: null, interval: null, p, neededPerSlice: null, categories };
  }
  const options = { higherIsBetter, level, ...minimumOf(pair) };
  const [one, other] = [before.numbers ?? emptySummary(), after.numbers ?? emptySummary()];
  if (kind === 'number')
    return { ...compareMeans(momentsOfSummary(one), momentsOfSummary(other), options), categories: null };
  const [first, second] = [booleansOf(one), booleansOf(other)].map(({ count, trueCount }) => ({
    successes: trueCount,
    count,
  }));
  return { ...compareShares(first!, second!, options), categories: null };
}

function minimumOf({ minimumDifference }: Pair): { minimumDifference?: number } {
  return minimumDifference === undefined ? {} : { minimumDifference };
}

function categorySentence(
  score: string,
  { verdict, categories }: Found,
  { before, after }: { before: string; after: string },
): string {
  if (verdict === 'not_enough_data') return `Not enough data to compare ${score} in ${after} with ${before}.`;
  const [most] = categories ?? [];
  const points =
    most === undefined ? '' : `${most.difference > 0 ? '+' : ''}${Number((most.difference * 100).toPrecision(3))}`;
  const where =
    most === undefined
      ? ''
      : `: most of all ${most.category === null ? 'other categories' : `"${most.category}"`}, by ${points} percentage points`;
  return verdict === 'different'
    ? `${score} is distributed differently in ${after} than in ${before}${where}.`
    : `No difference of ${score} between ${before} and ${after} is shown.`;
}
