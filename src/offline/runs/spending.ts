/** What a run has spent, and whether another call may be begun: what is under way is reckoned with the dearest so far. */

export class Spending {
  readonly #capUsd: number | undefined;
  #spentUsd: number;
  #dearestUsd = 0;
  #underWay = 0;
  #settled = 0;

  /** `spentUsd`: what it had spent when it was taken up. */
  constructor(capUsd: number | undefined, spentUsd: number) {
    this.#capUsd = capUsd;
    this.#spentUsd = spentUsd;
  }

  /** Whether a call would go over the cap as far as one can tell. Until the first is over, one call is made at a time. */
  get isOver(): boolean {
    if (this.#capUsd === undefined) return false;
    return this.#spentUsd + (this.#underWay + 1) * this.#dearestUsd > this.#capUsd || this.#spentUsd >= this.#capUsd;
  }

  /** Whether the first price is to be waited for. */
  get isUnknown(): boolean {
    return this.#capUsd !== undefined && this.#settled === 0 && this.#underWay > 0;
  }

  begin(): void {
    this.#underWay += 1;
  }

  end(): void {
    this.#underWay -= 1;
  }

  /** Null: nobody knows what it cost. */
  spend(usd: number | null): void {
    this.#settled += 1;
    if (usd === null) return;
    this.#spentUsd += usd;
    this.#dearestUsd = Math.max(this.#dearestUsd, usd);
  }
}
