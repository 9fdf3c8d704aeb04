/** Parts that start at the same time: all of them, or none. */
export type Closer = () => Promise<void> | void;
type Opening<Part> = [Promise<Part>, (part: Part) => Promise<void>];

/** Waits for parts that start at the same time, and sees to it that those that did start are closed. */
export async function allOpen<One, Two, Three>(
  closers: Closer[],
  openings: [Opening<One>, Opening<Two>, Opening<Three>],
): Promise<[One, Two, Three]> {
  const settled = await Promise.allSettled(openings.map(([part]) => part as Promise<unknown>));
  for (const [index, one] of settled.entries()) {
    const close = openings[index]![1] as (part: unknown) => Promise<void>;
    if (one.status === 'fulfilled') closers.push(() => close(one.value));
  }
  const failed = settled.find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
  return settled.map((one) => (one as PromiseFulfilledResult<unknown>).value) as [One, Two, Three];
}
