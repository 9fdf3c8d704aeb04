/**
 * Whose turn it is to have a child: of those that wait, first whose project has the fewest, then who has the fewest
 * itself, then who had its last turn longest ago. So one that hangs takes its own turns and nobody else's.
 */
export interface Holder {
  projectId: string | null;
  name: string;
}

/** Of so many it is known when they had their last turn. */
const REMEMBERED = 1000;

interface Waiting {
  key: string;
  project: string;
  most: number;
  begin: () => void;
}

export class Turns {
  readonly #size: number;
  readonly #held = new Map<string, number>();
  /** Who was served, the longest ago first. */
  readonly #served = new Map<string, number>();
  #waiting: Waiting[] = [];
  #count = 0;
  #free: number;

  constructor(size: number) {
    this.#size = size;
    this.#free = size;
  }

  /** Does its work when it is its turn; it has no more than `most` turns at a time. */
  async take<Answer>(
    { projectId, name }: Holder,
    work: () => Promise<Answer>,
    most: number = this.#size,
  ): Promise<Answer> {
    const project = projectId ?? '';
    const key = `${project}\0${name}`;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting.push({ key, project, most, begin: resolve });
    this.#next();
    await promise;
    try {
      return await work();
    } finally {
      this.#free += 1;
      this.#hold(key, -1);
      this.#hold(project, -1);
      this.#next();
    }
  }

  #next(): void {
    while (this.#free > 0) {
      let best: Waiting | undefined;
      for (const one of this.#waiting)
        if (this.#heldBy(one.key) < one.most && (best === undefined || this.#isBefore(one, best))) best = one;
      if (best === undefined) return;
      const { key, project, begin } = best;
      this.#waiting = this.#waiting.filter((one) => one !== best);
      this.#free -= 1;
      this.#hold(key, 1);
      this.#hold(project, 1);
      this.#count += 1;
      this.#served.delete(key);
      this.#served.set(key, this.#count);
      if (this.#served.size > REMEMBERED) this.#served.delete(this.#served.keys().next().value!);
      begin();
    }
  }

  #isBefore(one: Waiting, other: Waiting): boolean {
    const order =
      this.#heldBy(one.project) - this.#heldBy(other.project) ||
      this.#heldBy(one.key) - this.#heldBy(other.key) ||
      (this.#served.get(one.key) ?? 0) - (this.#served.get(other.key) ?? 0);
    return order < 0;
  }

  #heldBy(who: string): number {
    return this.#held.get(who) ?? 0;
  }

  #hold(who: string, by: number): void {
    const held = this.#heldBy(who) + by;
    if (held > 0) this.#held.set(who, held);
    else this.#held.delete(who);
  }
}
