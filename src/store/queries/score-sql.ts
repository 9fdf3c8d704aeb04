/** Conditions on a log's current scores. One score must satisfy all that a leaf says; a value's type is part of it. */
import type { Filter, ScoreLeaf } from '../../model/filter.ts';
import { SCORE_KINDS, type ScoreKind } from '../../model/score.ts';
import type { Dialect } from './dialect.ts';
import { numberConditions, textConditions } from './comparisons.ts';
import { all, any, FALSE, Sql, sql, TRUE } from './sql.ts';
import { isStorable } from './storable.ts';

/** The measures of a project's scores: by name, then by kind. */
export type ScoreMeasures = ReadonlyMap<string, ReadonlyMap<ScoreKind, number>>;

interface ScoreContext {
  dialect: Dialect;
  project: number;
  measures: ScoreMeasures;
  /** The log's number. */
  log: Sql;
}

/** What a leaf says of the rows of `scores` (as `s`) of one kind. */
export interface KindCondition {
  kind: ScoreKind;
  measure: number;
  /** Of the value and of who gave it. */
  value: Sql;
  origin: Sql | null;
}

export function scoreSql(leaf: ScoreLeaf, context: ScoreContext): Sql {
  if (leaf.present === false && comparesValue(leaf)) return FALSE;
  const found = any(
    kindConditions(leaf, context).map(({ measure, value, origin }) =>
      context.dialect.exists(sql`select 1 from scores s
        where s.log = ${context.log} and s.measure = ${measure} and s.superseded = 0
        and ${value} and ${origin ?? TRUE}`),
    ),
  );
  return leaf.present === false ? sql`(not ${found})` : found;
}

/** The kinds of which a score could satisfy the leaf, each with its condition. Leaves `present: false` aside. */
export function kindConditions(
  leaf: ScoreLeaf,
  { dialect, project, measures }: Omit<ScoreContext, 'log'>,
): KindCondition[] {
  const texts = [leaf.evaluator ?? 'x', leaf.evaluatorVersion ?? 'x'];
  // Who was no evaluator has no name, and not an empty one.
  if (texts.some((text) => !isStorable(text, dialect)) || leaf.evaluator === '' || leaf.evaluatorVersion === '')
    return [];
  const origin = originSql(leaf, project);
  return SCORE_KINDS.flatMap((kind) => {
    const measure = measures.get(leaf.score)?.get(kind);
    const value = valueSql(leaf, kind, dialect);
    if (measure === undefined || value === undefined) return [];
    return [{ kind, measure, value, origin }];
  });
}

/** Undefined where no score of this kind can satisfy the leaf. */
function valueSql(leaf: ScoreLeaf, kind: ScoreKind, dialect: Dialect): Sql | undefined {
  const type = kind === 'category' ? 'string' : kind;
  if (leaf.equals !== undefined && typeof leaf.equals !== type) return undefined;
  const list = leaf.in?.filter((one) => typeof one === type);
  if (list?.length === 0) return undefined;
  const { gt, gte, lt, lte } = leaf;
  if (kind !== 'number' && [gt, gte, lt, lte].some((bound) => bound !== undefined)) return undefined;
  if (kind === 'category')
    return all(textConditions(new Sql('s.category'), { equals: leaf.equals, in: list }, dialect));
  const equals = leaf.equals === undefined ? undefined : Number(leaf.equals);
  return all(numberConditions(new Sql('s.number'), { equals, in: list?.map(Number), gt, gte, lt, lte }, dialect));
}

/** Names of the scores that a filter asks about. */
export function scoreNamesOf(filter: Filter): string[] {
  if ('and' in filter) return filter.and.flatMap(scoreNamesOf);
  if ('or' in filter) return filter.or.flatMap(scoreNamesOf);
  if ('not' in filter) return scoreNamesOf(filter.not);
  return 'score' in filter ? [filter.score] : [];
}

function originSql({ source, evaluator, evaluatorVersion }: ScoreLeaf, project: number): Sql | null {
  const conditions: Sql[] = [];
  if (source !== undefined) conditions.push(sql`source = ${source}`);
  if (evaluator !== undefined) conditions.push(sql`evaluator = ${evaluator}`);
  if (evaluatorVersion !== undefined) conditions.push(sql`version = ${evaluatorVersion}`);
  if (conditions.length === 0) return null;
  return sql`s.origin in (select id from origins where project = ${project} and ${all(conditions)})`;
}

function comparesValue({ equals, in: list, gt, gte, lt, lte }: ScoreLeaf): boolean {
  return [equals, list, gt, gte, lt, lte].some((one) => one !== undefined);
}
