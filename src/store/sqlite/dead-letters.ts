/** Dead letters, read on a reader's connection and written on the writer's. Writes go by id: they search nothing. */
import type { DeadLetter, DeadLetterPage } from '../dead-letters.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid, uuidOfBytes } from './uuid.ts';

const OF_PROJECT = 'jobs.project = (select seq from projects where id = @project)';

/** From the jobs outward: there are few dead ones, and they are walked by id. */
const SELECT = `select jobs.id, (select id from logs where seq = jobs.log) as logId, jobs.evaluator, jobs.attempt as attempts,
    jobs.reason, e.evaluator_version as evaluatorVersion, e.code, e.at_ms as failedAtMs, e.printed
  from jobs
  left join evaluations e on e.log = jobs.log and e.evaluator = jobs.evaluator and e.superseded = 0
  where jobs.state = 'dead'`;

type Row = Omit<DeadLetter, 'logId'> & { logId: Buffer | null };

export function deadLetterReads(connection: Connection) {
  const list = connection.prepare(
    `${SELECT} and ${OF_PROJECT} and jobs.id < @before and (@evaluator is null or jobs.evaluator = @evaluator)
     order by jobs.id desc limit @limit`,
  );
  const find = connection.prepare(`${SELECT} and ${OF_PROJECT} and jobs.id = @id`);
  return {
    listDeadLetters(projectId: string, { evaluator, after, limit }: DeadLetterPage): DeadLetter[] {
      const before = after ?? Number.MAX_SAFE_INTEGER;
      return (list.all({ project: bytesOfUuid(projectId), before, evaluator, limit }) as Row[]).map(letterOf);
    },

    findDeadLetter(projectId: string, id: number): DeadLetter | undefined {
      const row = find.get({ project: bytesOfUuid(projectId), id }) as Row | undefined;
      return row && letterOf(row);
    },
  };
}

export function deadLetterWrites(connection: Connection) {
  const chosen = `id in (select value from json_each(@ids)) and state = 'dead' and ${OF_PROJECT}`;
  const retry = connection.prepare(
    `update jobs set state = 'pending', attempt = 0, due_at_ms = @nowMs, reason = null where ${chosen}`,
  );
  const drop = connection.prepare(`delete from jobs where ${chosen}`);
  return {
    retryDeadLetters: (projectId: string, ids: number[], nowMs: number): number =>
      retry.run({ project: bytesOfUuid(projectId), ids: JSON.stringify(ids), nowMs }).changes,

    dropDeadLetters: (projectId: string, ids: number[]): number =>
      drop.run({ project: bytesOfUuid(projectId), ids: JSON.stringify(ids) }).changes,
  };
}

function letterOf({ logId, ...row }: Row): DeadLetter {
  return { ...row, logId: logId && uuidOfBytes(logId) };
}
