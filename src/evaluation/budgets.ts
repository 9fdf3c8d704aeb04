/**
 * Keeps evaluators within the budgets of the rules that pay for them: before a job runs, what it may cost at most is set aside, and
 * where that does not fit, the job waits. What was spent and set aside is the store's, for all replicas (store/budgets.ts).
 *
 *     a job of a rule without a budget, or one that costs nothing -------------> runs
 *     fits ----set aside-------------------------------------------------------> runs; settled with its end
 *     would fit if what is under way came to little ---------------------------> waits for some seconds
 *     does not fit into what is left, or nobody knows what it costs -----------> waits until the next day or month
 */
import { type Budget, dayAt, dollars } from '../model/budget.ts';
import type { Evaluator } from '../model/evaluator.ts';
import type { ClaimedJob } from '../model/job.ts';
import type { Rule } from '../model/rule.ts';
import type { BudgetStore, Over } from '../store/budgets.ts';
import { ownRuleOf } from './rules.ts';

export interface Wait {
  untilMs: number;
  reason: string;
}

export interface Priced {
  job: ClaimedJob;
  /** What it may cost at most; null where that is not known. */
  costUsd: number | null;
}

interface Shut extends Wait {
  /** For so long the store is not asked. */
  restsUntilMs: number;
}

/** How long jobs wait for what is under way. */
const WAIT_MS = 5000;
/** How long a budget is taken for used up without asking again. */
const REST_MS = 2000;
/** A budget is used up when no more than this share is left: a job that does not fit need not be one that costs little. */
const USED_UP = 0.02;

export class Budgets {
  readonly #store: Pick<BudgetStore, 'reserve' | 'reconsider'>;
  readonly #onTrouble: (error: unknown) => void;
  readonly #now: () => number;
  #limits = new Map<string, Limit>();
  readonly #shut = new Map<string, Shut>();

  constructor(
    store: Pick<BudgetStore, 'reserve' | 'reconsider'>,
    { onTrouble, now = Date.now }: { onTrouble: (error: unknown) => void; now?: () => number },
  ) {
    this.#store = store;
    this.#onTrouble = onTrouble;
    this.#now = now;
  }

  /** From now on these rules pay. What waits for a budget that has changed is tried again. */
  use(rules: readonly Rule[], evaluators: readonly Evaluator[]): void {
    const before = this.#limits;
    this.#limits = limitsOf(rules, evaluators);
    for (const key of new Set([...before.keys(), ...this.#limits.keys()])) {
      const [old, now] = [before.get(key), this.#limits.get(key)];
      if (JSON.stringify(old) === JSON.stringify(now)) continue;
      this.#shut.clear();
      const { projectId, rule } = (now ?? old)!;
      this.#store.reconsider(projectId, rule, this.#now()).catch(this.#onTrouble);
    }
  }

  /** Why it need not even be looked at: its budget was used up a moment ago. */
  shut({ projectId, paidBy }: ClaimedJob): Wait | undefined {
    if (paidBy === null || this.#shut.size === 0) return undefined;
    const shut = this.#shut.get(`${projectId} ${paidBy}`);
    return shut !== undefined && shut.restsUntilMs > this.#now() ? shut : undefined;
  }

  /** Whether anything limits what the job may cost. */
  limits(job: ClaimedJob): boolean {
    return this.#limitsOf(job) !== undefined;
  }

  /** One answer for each: may it run, is it to wait, or was its lease lost. Rejects as the store does. */
  async reserve(all: readonly Priced[]): Promise<('run' | 'lost' | Wait)[]> {
    const nowMs = this.#now();
    const answers: ('run' | 'lost' | Wait)[] = [];
    const asked: { place: number; job: ClaimedJob; amountUsd: number; limits: Budget }[] = [];
    for (const [place, { job, costUsd }] of all.entries()) {
      const limits = this.#limitsOf(job);
      if (limits === undefined || costUsd === 0) answers[place] = 'run';
      else if (costUsd === null) answers[place] = unpriced(job, nowMs);
      else asked.push({ place, job, amountUsd: costUsd, limits });
    }
    if (asked.length === 0) return answers;
    const reserved = await this.#store.reserve(
      asked.map(({ job, amountUsd, limits }) => ({ job, amountUsd, limits })),
      nowMs,
    );
    for (const [index, { place, job, amountUsd }] of asked.entries()) {
      const answer = reserved[index]!;
      if (answer.state === 'reserved') answers[place] = 'run';
      else if (answer.state === 'lost') answers[place] = 'lost';
      else if (answer.state === 'waits') answers[place] = { untilMs: nowMs + WAIT_MS, reason: underWay(job) };
      else answers[place] = this.#over(job, amountUsd, answer, nowMs);
    }
    return answers;
  }

  #limitsOf({ projectId, paidBy }: ClaimedJob): Budget | undefined {
    if (paidBy === null) return undefined;
    return (this.#limits.get(`${projectId} ${paidBy}`) ?? this.#limits.get(` ${paidBy}`))?.budget;
  }

  #over({ projectId, paidBy }: ClaimedJob, amountUsd: number, over: Over, nowMs: number): Wait {
    const { limitUsd, spentUsd, untilMs } = over;
    const limit = `${dollars(limitUsd)} a ${over.of}`;
    const reason =
      amountUsd > limitUsd
        ? `It may cost up to ${dollars(amountUsd)}, and the budget of rule ${paidBy} is ${limit}.`
        : `The budget of rule ${paidBy} is ${limit}, of which ${dollars(spentUsd)} are spent, and this may cost up to ${dollars(amountUsd)}.`;
    const wait = { untilMs, reason };
    if (limitUsd - spentUsd <= USED_UP * limitUsd)
      this.#shut.set(`${projectId} ${paidBy}`, { ...wait, restsUntilMs: Math.min(nowMs + REST_MS, untilMs) });
    return wait;
  }
}

interface Limit {
  projectId: string | null;
  rule: string;
  budget: Budget;
}

function limitsOf(rules: readonly Rule[], evaluators: readonly Evaluator[]): Map<string, Limit> {
  const all = [
    ...rules.map(({ projectId, spec }) => ({ projectId, rule: spec.name, budget: spec.budget })),
    ...evaluators.map(({ projectId, name, online }) => ({
      projectId,
      rule: ownRuleOf(name),
      budget: online?.budget,
    })),
  ];
  const limits = new Map<string, Limit>();
  for (const { projectId, rule, budget } of all)
    if (budget !== undefined) limits.set(`${projectId ?? ''} ${rule}`, { projectId, rule, budget });
  return limits;
}

function underWay({ paidBy }: ClaimedJob): string {
  return `What is under way may use up the budget of rule ${paidBy}; it is looked at again in a few seconds.`;
}

function unpriced({ paidBy, evaluator }: ClaimedJob, nowMs: number): Wait {
  const reason = `Nobody knows what ${evaluator} costs, so that the budget of rule ${paidBy} cannot be kept. Take the budget away, or ask a model that has a price.`;
  return { untilMs: dayAt(nowMs).toMs, reason };
}
