/** Names and values of a project's properties, for those who choose among them. */
import type { Statement } from 'better-sqlite3';
import { containsText } from '../../model/filter-match.ts';
import { propertyName } from '../../model/property.ts';
import { isFieldName } from '../rollups/rolled.ts';
import type { Connection } from './connection.ts';

/** Which values are frequent is told by so many of the newest logs. */
const NEWEST = 50_000;
/** Names with more values are not counted value by value: the newest logs are read for which they have. */
const MOST_COUNTED = 20_000;
const READ = 20_000;

export class ReadProperties {
  readonly #connection: Connection;
  readonly #names: Statement;
  readonly #hidden: Statement;
  readonly #values: Statement;
  readonly #since: Statement;
  readonly #times: Statement;
  readonly #newest: Statement;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#names = connection.prepare(
      'select name, count(*) as "values" from properties where project = ? group by name order by name',
    );
    this.#hidden = connection.prepare('select name from hidden_properties where project = ? order by name').pluck();
    this.#values = connection.prepare('select id, value from properties where project = ? and name = ? order by value');
    this.#since = connection
      .prepare(
        `select started_at_ms from logs indexed by logs_started where project = ?
         order by started_at_ms desc limit 1 offset ${NEWEST}`,
      )
      .pluck();
    this.#times = connection
      .prepare(
        `select (select count(*) from log_properties where property = ids.value and started_at_ms >= ?)
         from json_each(?) ids order by ids.key`,
      )
      .pluck();
    this.#newest = connection
      .prepare(
        `select gw_property(properties, @name) as value from logs indexed by logs_started where project = @project
         order by started_at_ms desc limit ${READ}`,
      )
      .pluck();
  }

  names(project: number): { name: string; values: number }[] {
    const names = this.#names.all(project) as { name: string; values: number }[];
    return names.filter(({ name }) => !isFieldName(name));
  }

  hidden(project: number): string[] {
    return this.#hidden.all(project) as string[];
  }

  values(project: number, given: string, contains: string, limit: number): string[] {
    const name = propertyName(given);
    const isWanted = (value: string): boolean => contains === '' || containsText(value, contains);
    const times = this.#countsOf(project, name, isWanted) ?? this.#countsOfNewest(project, name, isWanted);
    const frequent = [...times].sort(([one, a], [two, b]) => b - a || (one < two ? -1 : 1));
    const values = frequent.slice(0, limit).map(([value]) => value);
    if (values.length === limit) return values;
    // Those that no log had lately, by value.
    for (const { value } of this.#values.iterate(project, name) as Iterable<{ value: string }>) {
      if (values.length >= limit) break;
      if (!times.has(value) && isWanted(value)) values.push(value);
    }
    return values;
  }

  /** How often each wanted value has come among the newest logs; undefined where there are too many values. */
  #countsOf(project: number, name: string, isWanted: (value: string) => boolean): Map<string, number> | undefined {
    const few = this.#connection
      .prepare('select id, value from properties where project = ? and name = ? limit ?')
      .all(project, name, MOST_COUNTED + 1) as { id: number; value: string }[];
    if (few.length > MOST_COUNTED) return undefined;
    const sinceMs = (this.#since.get(project) as number | undefined) ?? Number.MIN_SAFE_INTEGER;
    const wanted = few.filter(({ value }) => isWanted(value));
    const counts = this.#times.all(sinceMs, JSON.stringify(wanted.map(({ id }) => id))) as number[];
    return new Map(wanted.map(({ value }, index) => [value, counts[index]!]));
  }

  #countsOfNewest(project: number, name: string, isWanted: (value: string) => boolean): Map<string, number> {
    const times = new Map<string, number>();
    for (const value of this.#newest.iterate({ project, name }) as Iterable<string | null>)
      if (value !== null && isWanted(value)) times.set(value, (times.get(value) ?? 0) + 1);
    return times;
  }
}
