/** Jobs in memory, with the store's rules for leases and tokens, and ways to make it fail. */
import type { ClaimedJob } from '../../src/model/job.ts';
import type { JobEffect, JobStore } from '../../src/store/store.ts';

interface Row extends ClaimedJob {
  state: 'pending' | 'leased' | 'dead';
  dueAtMs: number;
}

export class MemoryJobStore implements Omit<JobStore, 'ofLog' | 'lease' | 'queue'> {
  readonly rows = new Map<number, Row>();
  /** All effects that took hold. */
  readonly effects: JobEffect[] = [];
  readonly calls: string[] = [];
  /** Steps that fail the next so many times. */
  readonly failures: Record<string, number> = {};

  add(count: number, dueAtMs: number, evaluator = 'a'): void {
    for (let index = 0; index < count; index += 1) {
      const id = this.rows.size + 1;
      this.rows.set(id, {
        id,
        projectId: 'p',
        logId: `log-${id}`,
        evaluator,
        version: null,
        paidBy: null,
        attempt: 0,
        token: 0,
        state: 'pending',
        dueAtMs,
      });
    }
  }

  async claim(request: Parameters<JobStore['claim']>[0]): Promise<ClaimedJob[]> {
    this.#called('claim');
    const due = [...this.rows.values()]
      .filter(
        (row) => row.state !== 'dead' && row.dueAtMs <= request.nowMs && request.evaluators.includes(row.evaluator),
      )
      .slice(0, request.limit);
    for (const row of due) {
      row.state = 'leased';
      row.attempt += 1;
      row.token += 1;
      row.dueAtMs = request.leaseUntilMs;
    }
    return due.map(({ state: _state, dueAtMs: _due, ...job }) => job);
  }

  async complete(effects: JobEffect[]): Promise<{ fenced: number }> {
    this.#called('complete');
    let fenced = 0;
    for (const effect of effects) {
      const row = this.#held(effect.job);
      if (!row) fenced += 1;
      else {
        this.effects.push(effect);
        if (effect.dead) row.state = 'dead';
        else if (effect.retryAtMs === undefined) this.rows.delete(row.id);
        else {
          const attempt = row.attempt - (effect.countsAttempt === false ? 1 : 0);
          Object.assign(row, { state: 'pending', attempt, dueAtMs: effect.retryAtMs });
        }
      }
    }
    return { fenced };
  }

  async renew(jobs: ClaimedJob[], leaseUntilMs: number): Promise<number[]> {
    this.#called('renew');
    const held = this.#allHeld(jobs);
    for (const row of held) row.dueAtMs = leaseUntilMs;
    return held.map(({ id }) => id);
  }

  async release(jobs: ClaimedJob[], nowMs: number): Promise<number[]> {
    this.#called('release');
    const held = this.#allHeld(jobs);
    for (const row of held) Object.assign(row, { state: 'pending', attempt: row.attempt - 1, dueAtMs: nowMs });
    return held.map(({ id }) => id);
  }

  async evaluators(): Promise<string[]> {
    return [...new Set([...this.rows.values()].filter(({ state }) => state !== 'dead').map((row) => row.evaluator))];
  }

  async backlog(): ReturnType<JobStore['backlog']> {
    const rows = [...this.rows.values()];
    const count = (state: Row['state']) => rows.filter((row) => row.state === state).length;
    const due = rows.filter((row) => row.state === 'pending').map((row) => row.dueAtMs);
    return {
      pending: count('pending'),
      leased: count('leased'),
      dead: count('dead'),
      oldestDueAtMs: due.length > 0 ? Math.min(...due) : null,
    };
  }

  #allHeld(jobs: ClaimedJob[]): Row[] {
    return jobs.flatMap((job) => this.#held(job) ?? []);
  }

  #held(job: ClaimedJob): Row | undefined {
    const row = this.rows.get(job.id);
    return row?.state === 'leased' && row.token === job.token ? row : undefined;
  }

  #called(step: string): void {
    this.calls.push(step);
    if ((this.failures[step] ?? 0) <= 0) return;
    this.failures[step]! -= 1;
    throw new Error(`${step} failed`);
  }
}
