/** Logs in the order of a question, page by page and each once: for answers that are longer than a page. */
import type { ListQuestion, ListedLog, LogCursor, QuestionStore } from '../store/questions.ts';
import { QUESTION_MS } from './streamed.ts';

/** With bodies a page may hold megabytes a log. */
const PAGE = { rows: 500, bodies: 25 };

type Wanted = Omit<ListQuestion, 'after' | 'offset' | 'timeLimitMs'> & { offset?: number; after?: LogCursor | null };

/** At most `limit` logs. By time they are walked with a cursor, otherwise counted off. */
export async function* logsOf(questions: QuestionStore, wanted: Wanted): AsyncGenerator<ListedLog> {
  const most = wanted.bodies ? PAGE.bodies : PAGE.rows;
  const byTime = wanted.order.by === 'startedAtMs';
  let after = wanted.after ?? null;
  let offset = wanted.offset ?? 0;
  let left = wanted.limit;
  while (left > 0) {
    const limit = Math.min(left, most);
    const page = await questions.list({ ...wanted, after, offset, limit, timeLimitMs: QUESTION_MS });
    yield* page.logs;
    left -= page.logs.length;
    if (page.logs.length < limit || (byTime && page.next === null)) return;
    if (byTime) [after, offset] = [page.next, 0];
    else offset += page.logs.length;
  }
}
