/** What a PostgreSQL holds, read past the gateway, as ledger.ts has it for SQLite; and how often each job had its effect. */
import { Pool } from 'pg';
import { unpackSlot } from '../../src/store/blocks.ts';
import type { Sent } from './clients.ts';
import { problemsOfCall, type StoredCall } from './ledger.ts';

/** Notes every time that an outcome is written, so that a job that had its effect twice is seen. */
const WATCH = `create table effects (log bigint, evaluator text);
  create function note_effect() returns trigger language plpgsql as
    $$ begin insert into effects values (new.log, new.evaluator); return null; end $$;
  create trigger note_effect after insert or update of outcome on evaluations for each row execute function note_effect();`;

const WRONG: readonly [string, string][] = [
  ['log ids twice', 'select id from logs group by id having count(*) > 1'],
  [
    'scores twice',
    `select 1 from scores s join measures m on m.id = s.measure join origins o on o.id = s.origin
     where o.source = 'evaluator' group by s.log, o.evaluator, m.name having count(*) > 1`,
  ],
  ['jobs with two effects', 'select 1 from effects group by log, evaluator having count(*) > 1'],
  [
    'logs without a job or an evaluation',
    `select 1 from logs, unnest($1::text[]) as wanted
     where not exists (select 1 from evaluations e where e.log = logs.seq and e.evaluator = wanted)
       and not exists (select 1 from jobs j where j.log = logs.seq and j.evaluator = wanted)`,
  ],
  [
    'evaluations without their scores',
    `select 1 from evaluations e where e.outcome = 'scored' and not exists (
       select 1 from scores s join origins o on o.id = s.origin where s.log = e.log and o.evaluator = e.evaluator)`,
  ],
  [
    'logs without an id',
    'select 1 from logs l where not exists (select 1 from log_ids i where i.id = l.id and i.seq = l.seq)',
  ],
  ['ids without a log', 'select 1 from log_ids i where not exists (select 1 from logs l where l.seq = i.seq)'],
  ['logs without their bodies', 'select 1 from logs where not exists (select 1 from blocks where id = logs.block)'],
];

export class PostgresLedger {
  readonly #pool: Pool;

  private constructor(pool: Pool) {
    this.#pool = pool;
  }

  /** Begins to watch; before any gateway runs. */
  static async open(url: string): Promise<PostgresLedger> {
    const pool = new Pool({ connectionString: url, max: 1 });
    pool.on('error', () => {});
    await pool.query(WATCH);
    return new PostgresLedger(pool);
  }

  /** What is wrong with the logs of these calls, as sentences; empty where all is well. */
  async problemsOf(sent: readonly Sent[]): Promise<string[]> {
    const ids = sent.flatMap(({ requestId }) => requestId ?? []);
    const { rows } = await this.#pool.query<{ id: string; ending: string; bytes: Buffer; slot: number }>(
      `select coalesce(l.request_id, l.id) as id, l.ending, b.bytes, l.slot from logs l join blocks b on b.id = l.block
       where coalesce(l.request_id, l.id) = any($1::uuid[])`,
      [ids],
    );
    const found = Map.groupBy(rows, ({ id }) => id);
    return sent.flatMap((one) => problemsOfCall(one, (found.get(one.requestId!) ?? []).map(storedCall)));
  }

  /** What is wrong with the whole. */
  async problems(evaluators: readonly string[]): Promise<string[]> {
    const problems: string[] = [];
    for (const [what, text] of WRONG) {
      const { rowCount } = await this.#pool.query(text, text.includes('$1') ? [evaluators] : []);
      if (rowCount! > 0) problems.push(`${rowCount} ${what}`);
    }
    return problems;
  }

  /** Jobs that are neither done nor dead letters. */
  async openJobs(): Promise<number> {
    const { rows } = await this.#pool.query<{ count: string }>(`select count(*) from jobs where state <> 'dead'`);
    return Number(rows[0]!.count);
  }

  async counts(): Promise<{ logs: number; evaluations: number; interrupted: number; started: number }> {
    const { rows } = await this.#pool.query<Record<string, string>>(
      `select (select count(*) from logs) as logs, (select count(*) from evaluations) as evaluations,
         (select count(*) from logs where ending = 'interrupted') as interrupted, (select count(*) from started) as started`,
    );
    const of = (name: string): number => Number(rows[0]![name]);
    return { logs: of('logs'), evaluations: of('evaluations'), interrupted: of('interrupted'), started: of('started') };
  }

  async close(): Promise<void> {
    await this.#pool.end();
  }
}

function storedCall({ ending, bytes, slot }: { ending: string; bytes: Buffer; slot: number }): StoredCall {
  const { response } = unpackSlot(bytes, slot);
  return { seq: 0, ending, responseBody: response && Buffer.from(response) };
}
