/**
 * Numbers a day: at which rate logs are taken so that a day's number is spread over the day. The rate follows from what is
 * left of the number and how many logs are still to be expected, by today so far and by the day before; it is set before a log is
 * looked at, so that each has a known probability. That the number is never exceeded is seen to where jobs are stored.
 * Replicas tell each other through the store what they have seen (`share`).
 */
import { type Day, dateBefore, dateOf } from '../model/day.ts';
import { type MatchedOfDay, type RuleDay, type RuleDayKey, ruleDayKey, type RuleDayStore } from '../store/rule-days.ts';

interface Seen {
  key: RuleDayKey;
  /** As the store had it, and what came here since. */
  matched: number;
  taken: number;
  firstMs: number | null;
  /** Of `matched`, what the store was not told yet. */
  untold: number;
  /** How many matched the day before; null where nothing is known of it. */
  before: number | null;
  endMs: number;
  wasTouched: boolean;
}

/** How long a rule is watched before its pace is trusted, on a day without one before it. */
const FIRST_HOUR_MS = 3_600_000;
/** A day that is over is remembered for so long: calls that began in it may still end. */
const OVER_MS = 3_600_000;
const LEAST_RATE = 1e-7;
const DAY_MS = 86_400_000;

export class DayNumbers {
  readonly #seen = new Map<string, Seen>();
  /** Told when the store has to be asked. */
  readonly #onNew: () => void;

  constructor(onNew: () => void = () => {}) {
    this.#onNew = onNew;
  }

  /** A log has matched: the rate at which it is to be taken. */
  rate(key: RuleDayKey, { day, perDay, atMs }: { day: Day; perDay: number; atMs: number }): number {
    const seen = this.#of(key, day);
    const rate = rateOf(perDay - seen.taken, expected(seen, day, atMs));
    seen.matched += 1;
    seen.untold += 1;
    seen.firstMs = Math.min(seen.firstMs ?? atMs, atMs);
    seen.wasTouched = true;
    return rate;
  }

  /** It was taken for this number. */
  took(key: RuleDayKey): void {
    this.#seen.get(ruleDayKey(key))!.taken += 1;
  }

  /** What is known of recent days, before the first log. */
  async begin(store: Pick<RuleDayStore, 'since'>, nowMs: number): Promise<void> {
    // Two days before: some zone may still have yesterday, and asks for the day before that.
    for (const row of await store.since(dateOf(nowMs - 2 * DAY_MS))) this.#learn(row);
  }

  /** Tells the store what came since, and learns what came elsewhere. Rejects as the store does; nothing is lost then. */
  async share(store: Pick<RuleDayStore, 'count'>, nowMs: number): Promise<void> {
    const touched = [...this.#seen].filter(([, { wasTouched }]) => wasTouched);
    const told = touched.map(([, seen]) => seen.untold);
    const seen = touched.map(([, { key, untold, firstMs }]): MatchedOfDay => ({
      ...key,
      matched: untold,
      firstMs: firstMs!,
    }));
    if (seen.length > 0) {
      const rows = await store.count(seen, nowMs);
      for (const [index, [, one]] of touched.entries()) {
        one.untold -= told[index]!;
        one.wasTouched = one.untold > 0;
      }
      for (const row of rows) this.#learn(row);
    }
    for (const [key, { wasTouched, endMs }] of this.#seen)
      if (!wasTouched && nowMs > endMs + OVER_MS + DAY_MS) this.#seen.delete(key);
  }

  #of(key: RuleDayKey, day: Day): Seen {
    const text = ruleDayKey(key);
    const known = this.#seen.get(text);
    if (known !== undefined) {
      known.endMs = day.endMs;
      known.before ??= this.#before(key);
      return known;
    }
    const fresh = { ...nothing(key), before: this.#before(key), endMs: day.endMs };
    this.#seen.set(text, fresh);
    this.#onNew();
    return fresh;
  }

  #before(key: RuleDayKey): number | null {
    return this.#seen.get(ruleDayKey({ ...key, date: dateBefore(key.date) }))?.matched ?? null;
  }

  #learn({ matched, taken, firstMs, usedUpAtMs: _usedUpAtMs, ...key }: RuleDay): void {
    const text = ruleDayKey(key);
    const known = this.#seen.get(text) ?? nothing(key);
    this.#seen.set(text, known);
    known.matched = matched + known.untold;
    // What was taken here may be on its way to the store.
    known.taken = Math.max(known.taken, taken);
    known.firstMs = Math.min(known.firstMs ?? Infinity, firstMs ?? Infinity);
    if (known.firstMs === Infinity) known.firstMs = null;
  }
}

function nothing(key: RuleDayKey): Seen {
  return {
    key,
    matched: 0,
    taken: 0,
    firstMs: null,
    untold: 0,
    before: null,
    endMs: Date.parse(key.date) + 2 * DAY_MS,
    wasTouched: false,
  };
}

/** How many logs are still to come: by the pace of today and by the day before, the more the earlier it is. */
function expected({ matched, before, firstMs }: Seen, { startMs, endMs }: Day, atMs: number): number {
  const leftMs = Math.max(0, endMs - atMs);
  if (before === null) return firstMs === null ? 0 : (leftMs * matched) / (atMs - firstMs + FIRST_HOUR_MS);
  const left = leftMs / (endMs - startMs);
  // Days are quiet at night: a low pace is not believed early, and a high one by half.
  return left * Math.max(matched + left * before, (0.5 * matched) / Math.max(1 - left, 1 / 24));
}

/** Rounded to a digit, so that few different ones come about: what is counted of scores is counted for each by itself. */
function rateOf(left: number, toCome: number): number {
  if (left <= 0) return 0;
  if (left >= toCome) return 1;
  return Math.max(LEAST_RATE, Number((left / toCome).toPrecision(1)));
}
