/** The upstreams that judges ask. Apart by project: each has limits of its own. */
import { FarEnd } from '../../far-end.ts';

/** Calls under way for one project and upstream; what comes more waits, and costs no more than its prompt. */
const AT_ONCE = 1024;

export class Upstream extends FarEnd {
  /** Models that refused to be asked for structured output. */
  readonly plainModels = new Set<string>();

  constructor() {
    super(AT_ONCE);
  }
}

export class Upstreams {
  readonly #known = new Map<string, Upstream>();

  of(projectId: string, name: string): Upstream {
    const key = `${projectId}\0${name}`;
    const known = this.#known.get(key) ?? new Upstream();
    this.#known.set(key, known);
    return known;
  }
}
