/** Logs in the order of a question, page by page and each once: for answers that are longer than a page. */
import type { ListQuestion, ListedLog, LogCursor, QuestionStore } from '../store/questions.ts';
import { QUESTION_MS } from './streamed.ts';

const PAGE_ROWS = 500;
/** With bodies, of which each may have megabytes, the length of a page follows what the last one weighed. */
const BODIES = { firstRows: 8, mostRows: 200, pageBytes: 8 << 20 };

type Wanted = Omit<ListQuestion, 'after' | 'offset' | 'timeLimitMs'> & {
  offset?: number;
  after?: LogCursor | null;
  timeLimitMs?: number;
};

/** At most `limit` logs. By time they are walked with a cursor, otherwise counted off. */
export async function* logsOf(questions: QuestionStore, wanted: Wanted): AsyncGenerator<ListedLog> {
  const byTime = wanted.order.by === 'startedAtMs';
  let rows = wanted.bodies ? BODIES.firstRows : PAGE_ROWS;
  let after = wanted.after ?? null;
  let offset = wanted.offset ?? 0;
  let left = wanted.limit;
  while (left > 0) {
    const limit = Math.min(left, rows);
    const page = await questions.list({ timeLimitMs: QUESTION_MS, ...wanted, after, offset, limit });
    if (wanted.bodies) rows = rowsOfNext(page.logs);
    const { length } = page.logs;
    yield* page.logs;
    left -= length;
    if (length < limit || (byTime && page.next === null)) return;
    if (byTime) [after, offset] = [page.next, 0];
    else offset += length;
  }
}

/** At most four times as many as before: one page of small bodies does not tell of the next. */
function rowsOfNext(logs: readonly ListedLog[]): number {
  let bytes = 1;
  for (const { requestBody, responseBody } of logs)
    bytes += (requestBody?.byteLength ?? 0) + (responseBody?.byteLength ?? 0);
  const fitting = Math.floor((BODIES.pageBytes * logs.length) / bytes);
  return Math.max(1, Math.min(fitting, logs.length * 4, BODIES.mostRows));
}
