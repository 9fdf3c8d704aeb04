/** From changes to what is told of them: a log as lists give it, and the scores of a name on a log. What follows a change is not awaited. */
import type { Filter } from '../model/filter.ts';
import type { Score } from '../model/score.ts';
import type { Change, ListedLog, QuestionStore } from '../store/questions.ts';
import { QUESTION_MS } from './streamed.ts';

/** As things are when it is told: a score that landed meanwhile is in its log already. */
export type LiveEvent =
  | { seq: number; what: 'log'; log: ListedLog }
  /** All current scores of the name; none where it was removed. */
  | { seq: number; what: 'score'; logId: string; name: string; scores: Score[] };

export interface Wanted {
  projectId: string;
  filter: Filter | null;
  changes: readonly Change[];
}

/** In the order of the changes; of several to one score the last. Those of logs that do not satisfy the filter now are left out. */
export async function liveEvents(
  questions: Pick<QuestionStore, 'list'>,
  { projectId, filter, changes }: Wanted,
): Promise<LiveEvent[]> {
  const told = lastOfEach(changes);
  if (told.length === 0) return [];
  const ids = [...new Set(told.map(({ logId }) => logId))];
  const { logs } = await questions.list({
    projectId,
    filter: { and: [{ field: 'id', in: ids }, ...(filter === null ? [] : [filter])] },
    fromMs: null,
    toMs: null,
    order: { by: 'startedAtMs', direction: 'asc' },
    after: null,
    offset: 0,
    limit: ids.length,
    bodies: false,
    timeLimitMs: QUESTION_MS,
  });
  const byId = new Map(logs.map((log) => [log.id, log]));
  const events: LiveEvent[] = [];
  for (const { seq, logId, what, name } of told) {
    const log = byId.get(logId);
    if (log === undefined) continue;
    if (what === 'log') events.push({ seq, what, log });
    else if (name !== null)
      events.push({ seq, what: 'score', logId, name, scores: log.scores.filter((score) => score.name === name) });
  }
  return events;
}

function lastOfEach(changes: readonly Change[]): Change[] {
  const last = new Map<string, Change>();
  for (const change of changes)
    if (change.what !== 'evaluation') last.set(JSON.stringify([change.logId, change.what, change.name]), change);
  return [...last.values()].toSorted((one, other) => one.seq - other.seq);
}
