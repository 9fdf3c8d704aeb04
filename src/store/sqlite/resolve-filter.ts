/** What a filter names, looked up before its statement is made: values of properties, measures of scores. */
import type { Statement } from 'better-sqlite3';
import type { Filter, PropertyLeaf } from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import type { ScoreKind } from '../../model/score.ts';
import type { MatchingPairs } from '../queries/filter-sql.ts';
import { comparingProperties, matchingPairs, namedValues, type Pair } from '../queries/property-leaves.ts';
import { scoreNamesOf } from '../queries/score-sql.ts';
import type { Connection } from './connection.ts';
import type { QueryClock } from './query-clock.ts';

export interface Resolved {
  pairs: Map<PropertyLeaf, MatchingPairs>;
  measures: Map<string, Map<ScoreKind, number>>;
}

export class ResolveFilter {
  readonly #clock: QueryClock;
  readonly #allValues: Statement;
  readonly #namedValues: Statement;
  readonly #measures: Statement;

  constructor(connection: Connection, clock: QueryClock) {
    this.#clock = clock;
    const ofName = 'select id, value from properties where project = ? and name = ?';
    this.#allValues = connection.prepare(ofName);
    this.#namedValues = connection.prepare(`${ofName} and value in (select value from json_each(?))`);
    this.#measures = connection.prepare(
      `select name, kind, id from measures
       where project = ? and what = 'score' and name in (select value from json_each(?))`,
    );
  }

  /** Throws `question_too_large` where a property has more values than can be looked at in the time. */
  of(filter: Filter | null, project: number): Resolved {
    const resolved: Resolved = { pairs: new Map(), measures: new Map() };
    if (filter === null) return resolved;
    for (const leaf of comparingProperties(filter)) {
      const name = propertyName(leaf.property);
      if (name.isWellFormed()) resolved.pairs.set(leaf, matchingPairs(leaf, this.#values(leaf, project, name)));
    }
    const names = [...new Set(scoreNamesOf(filter))].filter((name) => name.isWellFormed());
    if (names.length === 0) return resolved;
    const rows = this.#measures.all(project, JSON.stringify(names)) as { name: string; kind: ScoreKind; id: number }[];
    for (const { name, kind, id } of rows) {
      const kinds = resolved.measures.get(name) ?? new Map<ScoreKind, number>();
      resolved.measures.set(name, kinds.set(kind, id));
    }
    return resolved;
  }

  *#values(leaf: PropertyLeaf, project: number, name: string): Iterable<Pair> {
    const named = namedValues(leaf);
    const pairs = named
      ? this.#namedValues.iterate(project, name, JSON.stringify(named))
      : this.#allValues.iterate(project, name);
    for (const pair of pairs as Iterable<Pair>) {
      this.#clock.row();
      yield pair;
    }
  }
}
