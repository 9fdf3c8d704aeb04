/** Which log an id means: one lookup for those who read and those who score. */
import { isUuid } from '../../model/id.ts';
import type { Session } from './connection.ts';

const IN_PROJECT = 'project = (select seq from projects where id = $2)';
const BY_UUID = `select
  coalesce(
    (select max(seq) from (
       select seq from logs where request_id = $1 and ${IN_PROJECT}
       union all
       select seq from logs where id = $1 and request_id is null and ${IN_PROJECT}) same),
    (select seq from logs where id = $1 and ${IN_PROJECT})) as seq`;
const BY_RESPONSE_ID = `select max(seq) as seq from logs where provider_response_id = $1 and ${IN_PROJECT}`;

/** Number of the newest log with this request id; else the one with this id; else the newest with this id of the provider's. */
export async function findLog(session: Session, projectId: string, id: string): Promise<number | undefined> {
  for (const text of isUuid(id) ? [BY_UUID, BY_RESPONSE_ID] : [BY_RESPONSE_ID]) {
    const [row] = await session.rows<{ seq: number | null }>(text, [id, projectId]);
    if (row?.seq !== null && row?.seq !== undefined) return row.seq;
  }
  return undefined;
}
