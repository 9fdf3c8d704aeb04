/** Which log an id means: one lookup for those who read and those who score. */
import type { Statement } from 'better-sqlite3';
import { isUuid } from '../../model/id.ts';
import type { Connection } from './connection.ts';
import { bytesOfUuid } from './uuid.ts';

export class FindLog {
  readonly #byRequestId: Statement;
  readonly #byId: Statement;
  readonly #byResponseId: Statement;

  constructor(connection: Connection) {
    const inProject = 'project = (select seq from projects where id = @project)';
    this.#byRequestId = connection
      .prepare(
        `select max(seq) from (
           select seq from logs where request_id = @id and ${inProject}
           union all
           select seq from logs where id = @id and request_id is null and ${inProject})`,
      )
      .pluck();
    this.#byId = connection.prepare(`select seq from logs where id = @id and ${inProject}`).pluck();
    this.#byResponseId = connection
      .prepare(`select max(seq) from logs where provider_response_id = @id and ${inProject}`)
      .pluck();
  }

  /** Number of the newest log with this request id; else the one with this id; else the newest with this id of the provider's. */
  seqOf(projectId: string, id: string): number | undefined {
    const project = bytesOfUuid(projectId);
    if (isUuid(id)) {
      const given = { id: bytesOfUuid(id), project };
      const found = (this.#byRequestId.get(given) ?? this.#byId.get(given)) as number | null | undefined;
      if (found !== null && found !== undefined) return found;
    }
    return (this.#byResponseId.get({ id, project }) as number | null) ?? undefined;
  }
}
