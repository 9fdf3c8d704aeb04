/** Names and values of a project's properties, for those who choose among them. SQLite's read-properties.ts says how values are counted. */
import { containsText } from '../../model/filter-match.ts';
import { propertyName } from '../../model/property.ts';
import { sql } from '../queries/sql.ts';
import { isStorable } from '../queries/storable.ts';
import { isFieldName } from '../rollups/rolled.ts';
import type { QuestionSession } from './question-session.ts';

/** Which values are frequent is told by so many of the newest logs. */
const NEWEST = 50_000;
/** Names with more values are not counted value by value: the newest logs are read for which they have. */
const MOST_COUNTED = 2000;
const READ = 20_000;
const VALUES_A_READ = 5000;

interface Asked {
  project: number;
  name: string;
  isWanted: (value: string) => boolean;
}

export async function propertyNames(
  session: QuestionSession,
  project: number,
): Promise<{ name: string; values: number }[]> {
  const rows = await session.all<{ name: string; values: number }>(
    sql`select name, count(*) as "values" from properties where project = ${project} group by name order by name collate "C"`,
  );
  return rows.filter(({ name }) => !isFieldName(name));
}

export async function hiddenProperties(session: QuestionSession, project: number): Promise<string[]> {
  const rows = await session.all<{ name: string }>(
    sql`select name from hidden_properties where project = ${project} order by name collate "C"`,
  );
  return rows.map(({ name }) => name);
}

export async function propertyValues(
  session: QuestionSession,
  project: number,
  { name: given, contains, limit }: { name: string; contains: string; limit: number },
): Promise<string[]> {
  const name = propertyName(given);
  if (!isStorable(name, { holdsNul: false })) return [];
  const asked: Asked = { project, name, isWanted: (value) => contains === '' || containsText(value, contains) };
  const times = (await countsOf(session, asked)) ?? (await countsOfNewest(session, asked));
  const frequent = [...times].sort(([one, a], [two, b]) => b - a || (one < two ? -1 : 1));
  const values = frequent.slice(0, limit).map(([value]) => value);
  return values.length === limit
    ? values
    : [...values, ...(await others(session, asked, times, limit - values.length))];
}

/** How often each wanted value has come among the newest logs; undefined where there are too many values. */
async function countsOf(session: QuestionSession, asked: Asked): Promise<Map<string, number> | undefined> {
  const { project, name, isWanted } = asked;
  const few = await session.all<{ id: number; value: string }>(
    sql`select id, value from properties where project = ${project} and name = ${name} limit ${MOST_COUNTED + 1}`,
  );
  if (few.length > MOST_COUNTED) return undefined;
  const wanted = new Map(few.filter(({ value }) => isWanted(value)).map(({ id, value }) => [id, value]));
  const [since] = await session.all<{ at: number }>(
    sql`select started_at_ms as at from logs where project = ${project}
      order by started_at_ms desc limit 1 offset ${NEWEST}`,
  );
  const rows = await session.all<{ property: number; times: number }>(
    sql`select property, count(*) as times from log_properties
      where property = any(${[...wanted.keys()]}::int[]) and started_at_ms >= ${since?.at ?? Number.MIN_SAFE_INTEGER}
      group by property`,
  );
  const times = new Map([...wanted.values()].map((value) => [value, 0]));
  for (const row of rows) times.set(wanted.get(row.property)!, row.times);
  return times;
}

async function countsOfNewest(
  session: QuestionSession,
  { project, name, isWanted }: Asked,
): Promise<Map<string, number>> {
  const rows = await session.all<{ value: string; times: number }>(
    sql`select value, count(*) as times from (
        select properties::json ->> ${name}::text as value from logs where project = ${project}
        order by started_at_ms desc limit ${READ}) newest
      where value is not null group by value`,
  );
  return new Map(rows.filter(({ value }) => isWanted(value)).map(({ value, times }) => [value, times]));
}

/** Those that no log had lately, by value. */
async function others(
  session: QuestionSession,
  { project, name, isWanted }: Asked,
  known: ReadonlyMap<string, number>,
  limit: number,
): Promise<string[]> {
  const found: string[] = [];
  for (let last: string | undefined; ;) {
    const behind = last === undefined ? sql`` : sql`and value collate "C" > ${last}`;
    const rows = await session.all<{ value: string }>(
      sql`select value from properties where project = ${project} and name = ${name} ${behind}
        order by value collate "C" limit ${VALUES_A_READ}`,
    );
    for (const { value } of rows) {
      if (known.has(value) || !isWanted(value)) continue;
      found.push(value);
      if (found.length === limit) return found;
    }
    if (rows.length < VALUES_A_READ) return found;
    last = rows.at(-1)!.value;
  }
}
