/** What the database holds, read past the gateway, and held against what the clients saw. */
import Database from 'better-sqlite3';
import { unpackSlot } from '../../src/store/blocks.ts';
import { answerTo } from './answers.ts';
import type { Sent } from './clients.ts';

export interface StoredCall {
  seq: number;
  ending: string;
  responseBody: Buffer | undefined;
}

export class Ledger {
  readonly #database: Database.Database;
  readonly #find: Database.Statement;
  readonly #block: Database.Statement;
  #lastBlock: { id: number; bytes: Buffer } | undefined;

  constructor(path: string) {
    this.#database = new Database(path, { readonly: true, timeout: 10_000 });
    this.#find = this.#database.prepare(
      'select seq, ending, block, slot from logs where request_id = @id union all select seq, ending, block, slot from logs where id = @id and request_id is null',
    );
    this.#block = this.#database.prepare('select bytes from blocks where id = ?').pluck();
  }

  /** Logs with this request id. */
  find(requestId: string): StoredCall[] {
    const id = Buffer.from(requestId.replaceAll('-', ''), 'hex');
    const rows = this.#find.all({ id }) as { seq: number; ending: string; block: number | null; slot: number }[];
    return rows.map(({ seq, ending, block, slot }) => ({ seq, ending, responseBody: this.#response(block, slot) }));
  }

  /** Whether a client saw the end of an answer that left no log. */
  isLost(one: Sent): boolean {
    return one.acknowledged && one.requestId !== undefined && this.find(one.requestId).length === 0;
  }

  /** What is wrong with the logs of these calls, as sentences; empty where all is well. */
  problemsOf(sent: readonly Sent[]): string[] {
    return sent.flatMap((one) => problemsOfCall(one, one.requestId === undefined ? [] : this.find(one.requestId)));
  }

  /** What is wrong with the whole. */
  problems(evaluators: readonly string[]): string[] {
    const count = (statement: string, ...given: unknown[]): number =>
      this.#database
        .prepare(statement)
        .pluck()
        .get(...given) as number;
    const found: [number, string][] = [
      [count('select count(*) from (select id from logs group by id having count(*) > 1)'), 'log ids twice'],
      [
        count(
          `select count(*) from (select 1 from scores s join measures m on m.id = s.measure join origins o on o.id = s.origin
             where o.source = 'evaluator' group by s.log, o.evaluator, m.name having count(*) > 1)`,
        ),
        'scores twice',
      ],
      [
        count(
          `select count(*) from logs, json_each(?) as wanted
           where not exists (select 1 from evaluations e where e.log = logs.seq and e.evaluator = wanted.value)
             and not exists (select 1 from jobs j where j.log = logs.seq and j.evaluator = wanted.value)`,
          JSON.stringify(evaluators),
        ),
        'logs without a job or an evaluation',
      ],
      [
        count(
          `select count(*) from evaluations e where e.outcome = 'scored'
             and not exists (select 1 from scores s join origins o on o.id = s.origin
               where s.log = e.log and o.evaluator = e.evaluator)`,
        ),
        'evaluations without their scores',
      ],
      [
        count(
          'select count(*) from log_properties p where not exists (select 1 from properties where id = p.property)',
        ),
        'properties without a name',
      ],
      [
        count(
          'select count(*) from logs where block is not null and not exists (select 1 from blocks where id = logs.block)',
        ),
        'logs without their bodies',
      ],
    ];
    return found.filter(([rows]) => rows > 0).map(([rows, what]) => `${rows} ${what}`);
  }

  integrity(): string {
    return this.#database.pragma('integrity_check', { simple: true }) as string;
  }

  /** Jobs that are neither done nor dead letters. */
  openJobs(): number {
    return this.#database.prepare(`select count(*) from jobs where state <> 'dead'`).pluck().get() as number;
  }

  deadJobs(): number {
    return this.#database.prepare(`select count(*) from jobs where state = 'dead'`).pluck().get() as number;
  }

  counts(): { logs: number; scores: number; interrupted: number; started: number } {
    return this.#database
      .prepare(
        `select (select count(*) from logs) as logs, (select count(*) from scores) as scores,
           (select count(*) from logs where ending = 'interrupted') as interrupted,
           (select count(*) from started) as started`,
      )
      .get() as ReturnType<Ledger['counts']>;
  }

  close(): void {
    this.#database.close();
  }

  #response(block: number | null, slot: number): Buffer | undefined {
    if (block === null) return undefined;
    if (this.#lastBlock?.id !== block) this.#lastBlock = { id: block, bytes: this.#block.get(block) as Buffer };
    const { response } = unpackSlot(this.#lastBlock.bytes, slot);
    return response && Buffer.from(response);
  }
}

/** What is wrong with one call, `found` being its logs. */
export function problemsOfCall(one: Sent, found: readonly StoredCall[]): string[] {
  const problems: string[] = [];
  if ((one.status ?? 200) !== 200) problems.push(`${one.marker} was answered with ${one.status}`);
  if (one.garbled) problems.push(`${one.marker} came with other bytes than were sent`);
  if (one.requestId === undefined) return problems;
  if (found.length > 1) problems.push(`${one.marker} is there ${found.length} times (${one.requestId})`);
  if (!one.acknowledged) return problems;
  const [log] = found;
  if (log === undefined) problems.push(`${one.marker} is LOST: the client saw its end (${one.requestId})`);
  else if (log.ending !== 'ended') problems.push(`${one.marker} is "${log.ending}", the client saw its end`);
  else if (log.responseBody?.equals(Buffer.concat(answerTo(one.marker).pieces)) !== true)
    problems.push(`${one.marker} is stored with another body than the client saw`);
  return problems;
}
