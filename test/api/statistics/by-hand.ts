/** Statistics computed the slow way, by nothing of what they are compared with. */

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

export function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}

/** Hyndman and Fan's type 7. */
export function quantileOf(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const rank = (values.length - 1) * share;
  const [low, high] = [sorted[Math.floor(rank)]!, sorted[Math.ceil(rank)]!];
  return low + (high - low) * (rank - Math.floor(rank));
}

/** The two-sided deviate of Student's t: its density is integrated until the tail is right. */
export function studentDeviate(degrees: number, level = 0.95): number {
  const density = (x: number): number => (1 + (x * x) / degrees) ** (-(degrees + 1) / 2);
  // Beyond 60 nothing is left for as many degrees as tests have.
  const area = (to: number): number => {
    const steps = 2000;
    const width = to / steps;
    let sum = density(0) + density(to);
    for (let index = 1; index < steps; index++) sum += density(index * width) * (index % 2 === 0 ? 2 : 4);
    return (sum * width) / 3;
  };
  const half = area(60);
  let [low, high] = [0, 60];
  for (let round = 0; round < 40; round++) {
    const middle = (low + high) / 2;
    if (area(middle) / half < level) low = middle;
    else high = middle;
  }
  return low;
}

/** The two shares from which the observed one is as far as 1.96 standard errors: Wilson's interval, found by halving. */
export function wilson(successes: number, count: number, z = 1.959963984540054): { low: number; high: number } {
  const share = successes / count;
  const far = (p: number): boolean => Math.abs(share - p) > z * Math.sqrt((p * (1 - p)) / count);
  const edge = (outside: number): number => {
    if (!far(outside)) return outside;
    let [out, within] = [outside, share];
    for (let round = 0; round < 60; round++) {
      const middle = (out + within) / 2;
      if (far(middle)) out = middle;
      else within = middle;
    }
    return within;
  };
  return { low: edge(0), high: edge(1) };
}
