/** What landed behind a number, for those who watch: only what is settled, so that nothing ever appears before what they have seen. */
import type { Pool } from 'pg';
import type { Change } from '../questions.ts';
import { sessionOf } from './connection.ts';
import { Settled } from './settled.ts';

const CHANGES = `select c.seq, l.id as "logId", c.what, m.name
  from changes c join logs l on l.seq = c.log left join measures m on m.id = c.measure
  where c.seq > $1 and c.seq <= $2 and c.project = (select seq from projects where id = $3)
  order by c.seq limit $4`;
/** Entries behind the mark are all there; of those before it the oldest may have been forgotten. */
const KEPT = `select (select min(seq) from changes) as first, coalesce((select seq from folded where id = 1), 0) as mark`;

export function changeOperations(pool: Pool) {
  const settled = new Settled('changes_seq_seq');
  const session = sessionOf(pool);
  return {
    async listChanges(
      projectId: string,
      after: number | null,
      limit: number,
    ): Promise<{ changes: Change[]; last: number; complete: boolean }> {
      const { settled: end, drawn } = await settled.upTo(session);
      if (after === null) return { changes: [], last: end, complete: true };
      const changes = await session.rows<Change & Record<string, unknown>>(CHANGES, [after, end, projectId, limit]);
      // Looked at afterwards: what had been forgotten by now may be missing above.
      const [kept] = await session.rows<{ first: number | null; mark: number }>(KEPT);
      const { first, mark } = kept!;
      const complete = after <= drawn && (after >= mark || after >= (first ?? drawn + 1) - 1);
      // Another replica may have seen further.
      const last = changes.length === limit ? changes.at(-1)!.seq : Math.max(end, Math.min(after, drawn));
      return { changes, last, complete };
    },
  };
}
