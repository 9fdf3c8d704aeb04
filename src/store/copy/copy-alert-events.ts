/** What became of alerts, and their messages, from a source to a target that has the alerts. May be done again: what is there stays. */
import type { Session } from '../postgres/connection.ts';
import { insertRows } from './insert-rows.ts';
import { seqsOf } from './seqs.ts';
import type { CopySource } from './source.ts';

export async function copyAlertEvents(source: CopySource, session: Session): Promise<void> {
  const numbers = await seqsOf(session, 'alerts', source.table('alerts'));
  const events = source.table('alert_events').flatMap((row) => {
    const alert = numbers.get(Number(row.alert));
    return alert === undefined ? [] : [{ ...row, alert }];
  });
  // In their order, which becomes that of the numbers they get here.
  await insertRows(session, 'alert_events', events, {
    id: 'uuid',
    alert: 'int',
    state: 'text',
    is_repeat: 'int',
    at_ms: 'bigint',
    finding: 'text',
    message: 'text',
    delivery: 'text',
    attempt: 'int',
    token: 'int',
    due_at_ms: 'bigint',
    last_at_ms: 'bigint',
    status: 'int',
    error: 'text',
    answer: 'text',
    duration_ms: 'float8',
  });
}
