/** Numbers as runs of neighbours, in order: [first, last]. */
export function runsOf(numbers: readonly number[]): [first: number, last: number][] {
  const sorted = numbers.toSorted((a, b) => a - b);
  const runs: [number, number][] = [];
  for (const number of sorted) {
    const run = runs.at(-1);
    if (run !== undefined && number <= run[1] + 1) run[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}
