/**
 * Means of observations that come in groups: logs of one session or user are alike, and counted as independent they would make
 * an interval too narrow. Standard errors clustered by group (Liang & Zeger 1986; for evaluations Miller 2024, arXiv 2411.00640, section 2.2),
 * with the correction G / (G - 1) and Student's t with G - 1 degrees of freedom for G groups. Below about 20 groups, or where one
 * group holds most of them, they are still too narrow.
 */
import { studentTail } from './distributions.ts';
import { checkLevel, intervalAround, USUAL_LEVEL, type Interval, wilsonInterval } from './interval.ts';

export interface ClusteredMean {
  count: number;
  /** Groups that have observations. */
  clusters: number;
  /** Of all observations, not of the groups' means; null when there is none. */
  mean: number | null;
  /** In units of the values; null for fewer than two groups. */
  standardError: number | null;
  /** Null where the standard error is, and where it is 0: that no group differs is no proof that none would. */
  interval: Interval | null;
}

/** A group: how many observations, and the sum of their values. */
export interface Cluster {
  count: number;
  sum: number;
}

/** Sums up observations by group. */
export function clustersOf(observations: Iterable<{ cluster: string; value: number }>): Map<string, Cluster> {
  const clusters = new Map<string, Cluster>();
  for (const { cluster, value } of observations) {
    const before = clusters.get(cluster) ?? { count: 0, sum: 0 };
    clusters.set(cluster, { count: before.count + 1, sum: before.sum + value });
  }
  return clusters;
}

/** The mean of all observations of the groups, with its clustered standard error. */
export function clusteredMean(clusters: Iterable<Cluster>, level = USUAL_LEVEL): ClusteredMean {
  checkLevel(level);
  const groups = [...clusters].filter(({ count }) => count > 0);
  let [count, sum] = [0, 0];
  for (const group of groups) {
    count += group.count;
    sum += group.sum;
  }
  if (count === 0) return { count, clusters: 0, mean: null, standardError: null, interval: null };
  const mean = sum / count;
  const size = groups.length;
  if (size < 2) return { count, clusters: size, mean, standardError: null, interval: null };
  let squares = 0;
  for (const group of groups) squares += (group.count * (group.sum / group.count - mean)) ** 2;
  const standardError = Math.sqrt((squares * size) / (size - 1)) / count;
  const interval = standardError > 0 ? intervalAround(mean, standardError, size - 1, level) : null;
  return { count, clusters: size, mean, standardError, interval };
}

/**
 * The interval of a share over groups: Wilson's, with the number of independent observations that the groups are worth by their
 * clustered standard error (Kish's effective sample size; Franco, Little, Louis & Slud 2019, "Comparative study of confidence intervals
 * for proportions in complex sample surveys"). Within 0 to 1 always. Where all groups are the same they count as one observation each.
 * Null for none. `clusters` hold ones and zeros.
 */
export function clusteredShare(clusters: Iterable<Cluster>, level = USUAL_LEVEL): Interval | null {
  const { count, clusters: size, mean, standardError } = clusteredMean(clusters, level);
  if (mean === null) return null;
  const worth = standardError === null || standardError === 0 ? size : (mean * (1 - mean)) / standardError ** 2;
  // Repetitions never make a sample worth more than its observations.
  return wilsonInterval(mean, Math.min(worth, count), level);
}

/**
 * The difference of two clustered means, second less first, by Welch with the groups' degrees of freedom. The two share no group: where
 * they do, compare pairs (paired.ts) of the groups' means.
 */
export function clusteredDifference(
  before: ClusteredMean,
  after: ClusteredMean,
  level = USUAL_LEVEL,
): { difference: number | null; interval: Interval | null; p: number | null } {
  checkLevel(level);
  if (before.mean === null || after.mean === null) return { difference: null, interval: null, p: null };
  const difference = after.mean - before.mean;
  const [a, b] = [before.standardError, after.standardError];
  if (a === null || b === null || a + b === 0) return { difference, interval: null, p: null };
  const error = Math.hypot(a, b);
  const [partA, partB] = [(a / error) ** 2, (b / error) ** 2];
  const degrees = 1 / (partA ** 2 / (before.clusters - 1) + partB ** 2 / (after.clusters - 1));
  const interval = intervalAround(difference, error, degrees, level);
  return { difference, interval, p: interval && Math.min(1, 2 * studentTail(Math.abs(difference) / error, degrees)) };
}
