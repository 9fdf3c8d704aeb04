/**
 * How far two judges agree on the same subjects, such as a model and a person: raw, beyond chance (kappa), and for
 * booleans how many of the true and of the false ones are found. What a judge's errors do to its mean is corrected in prediction-powered.ts.
 */
import { normalDeviate } from './distributions.ts';
import { checkLevel, shareInterval, USUAL_LEVEL, type Interval } from './interval.ts';

export interface Agreement {
  count: number;
  /** Share of subjects with the same label, 0 to 1; null for none. */
  agreed: number | null;
  /** Wilson's. */
  agreedInterval: Interval | null;
  /** Cohen's kappa: 1 is perfect, 0 is what chance gives; null where chance alone would agree always, as when both give one label only. */
  kappa: number | null;
  /** Null where kappa is, or where its standard error is 0. Asymptotic: for fewer than about 30 subjects it is too narrow. */
  kappaInterval: Interval | null;
}

/**
 * Raw agreement and Cohen's kappa ("A coefficient of agreement for nominal scales", 1960), with the interval by the standard error of Fleiss, Cohen &
 * Everitt (1969, "Large sample standard errors of kappa and weighted kappa"). Each pair holds the two labels of one subject.
 */
export function agreementOf<Label>(pairs: Iterable<readonly [Label, Label]>, level = USUAL_LEVEL): Agreement {
  checkLevel(level);
  const table = new Map<Label, Map<Label, number>>();
  const [rows, columns] = [new Map<Label, number>(), new Map<Label, number>()];
  let [count, same] = [0, 0];
  for (const [first, second] of pairs) {
    count++;
    if (first === second) same++;
    const row = table.get(first) ?? new Map<Label, number>();
    table.set(first, row);
    for (const [counts, label] of [
      [row, second],
      [rows, first],
      [columns, second],
    ] as const) {
      counts.set(label, (counts.get(label) ?? 0) + 1);
    }
  }
  if (count === 0) return { count, agreed: null, agreedInterval: null, kappa: null, kappaInterval: null };
  const agreed = same / count;
  const agreedInterval = shareInterval(same, count, level);
  let products = 0;
  for (const [label, times] of rows) products += times * (columns.get(label) ?? 0);
  // In whole numbers, so that chance which always agrees is exactly 1.
  if (products === count * count) return { count, agreed, agreedInterval, kappa: null, kappaInterval: null };
  const chance = products / (count * count);
  const kappa = (agreed - chance) / (1 - chance);
  let [diagonal, others] = [0, 0];
  for (const [first, row] of table) {
    for (const [second, times] of row) {
      // For a cell off the diagonal, the marginals are taken crosswise: the row's label among columns, the column's among rows.
      const crosswise = ((columns.get(first) ?? 0) + (rows.get(second) ?? 0)) / count;
      if (first === second) diagonal += (times / count) * (1 - crosswise * (1 - kappa)) ** 2;
      else others += (times / count) * crosswise ** 2;
    }
  }
  const variance = diagonal + (1 - kappa) ** 2 * others - (kappa - chance * (1 - kappa)) ** 2;
  const reach = (normalDeviate((1 - level) / 2) * Math.sqrt(Math.max(0, variance) / count)) / (1 - chance);
  const kappaInterval =
    reach > 1e-9 ? { low: Math.max(-1, kappa - reach), high: Math.min(1, kappa + reach), level } : null;
  return { count, agreed, agreedInterval, kappa, kappaInterval };
}

/** A share of some subjects, with Wilson's interval; both null where there are none. */
export interface Rate {
  count: number;
  share: number | null;
  interval: Interval | null;
}

/**
 * How a judge's booleans stand to the truth, such as a person's: the share of true ones that it calls true (TPR, sensitivity), and of
 * false ones that it calls false (TNR, specificity). Counts are whole numbers of subjects.
 */
export function ratesOf(
  counts: { truePositive: number; falseNegative: number; trueNegative: number; falsePositive: number },
  level = USUAL_LEVEL,
): { truePositiveRate: Rate; trueNegativeRate: Rate } {
  return {
    truePositiveRate: rate(counts.truePositive, counts.truePositive + counts.falseNegative, level),
    trueNegativeRate: rate(counts.trueNegative, counts.trueNegative + counts.falsePositive, level),
  };
}

function rate(successes: number, count: number, level: number): Rate {
  const interval = shareInterval(successes, count, level);
  return { count, share: count === 0 ? null : successes / count, interval };
}
