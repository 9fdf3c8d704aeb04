/** What a filter names, looked up before its statement is made: values of properties, measures of scores. */
import type { Filter, PropertyLeaf } from '../../model/filter.ts';
import { propertyName } from '../../model/property.ts';
import type { ScoreKind } from '../../model/score.ts';
import type { MatchingPairs } from '../queries/filter-sql.ts';
import { comparingProperties, matchingPairs, namedValues, type Pair } from '../queries/property-leaves.ts';
import { scoreNamesOf } from '../queries/score-sql.ts';
import { sql } from '../queries/sql.ts';
import { isStorable } from '../queries/storable.ts';
import type { QuestionSession } from './question-session.ts';

export interface Resolved {
  pairs: Map<PropertyLeaf, MatchingPairs>;
  measures: Map<string, Map<ScoreKind, number>>;
}

const HOLDS_NUL = { holdsNul: false };

export async function resolveFilter(
  session: QuestionSession,
  filter: Filter | null,
  project: number,
): Promise<Resolved> {
  const resolved: Resolved = { pairs: new Map(), measures: new Map() };
  if (filter === null) return resolved;
  const leaves = Map.groupBy(
    comparingProperties(filter).filter(({ property }) => isStorable(propertyName(property), HOLDS_NUL)),
    ({ property }) => propertyName(property),
  );
  for (const [name, ofName] of leaves) {
    const pairs = await pairsOf(session, project, name, ofName);
    for (const leaf of ofName) {
      resolved.pairs.set(leaf, matchingPairs(leaf, pairs));
      session.checkTime();
    }
  }
  const names = [...new Set(scoreNamesOf(filter))].filter((name) => isStorable(name, HOLDS_NUL));
  if (names.length === 0) return resolved;
  const rows = await session.all<{ name: string; kind: ScoreKind; id: number }>(
    sql`select name, kind, id from measures where project = ${project} and what = 'score' and name = any(${names}::text[])`,
  );
  for (const { name, kind, id } of rows) {
    const kinds = resolved.measures.get(name) ?? new Map<ScoreKind, number>();
    resolved.measures.set(name, kinds.set(kind, id));
  }
  return resolved;
}

/** The values that may satisfy some of the leaves, which are of one name. */
async function pairsOf(
  session: QuestionSession,
  project: number,
  name: string,
  leaves: readonly PropertyLeaf[],
): Promise<Pair[]> {
  const ofName = sql`select id, value from properties where project = ${project} and name = ${name}`;
  const named = leaves.map(namedValues);
  if (named.includes(undefined)) return session.all<Pair & Record<string, unknown>>(ofName);
  const values = [...new Set(named.flatMap((list) => list!))].filter((value) => isStorable(value, HOLDS_NUL));
  if (values.length === 0) return [];
  // In the words of the index, which holds hashes.
  return session.all<Pair & Record<string, unknown>>(
    sql`${ofName} and md5(value) in (select md5(given) from unnest(${values}::text[]) as given)`,
  );
}
