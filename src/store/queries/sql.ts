/** Pieces of SQL with their values, which are put together without ever becoming part of the text. */

export type SqlValue = string | number | boolean | null | Uint8Array | readonly string[] | readonly number[];

/** A piece of a statement: its text, with `?` for each value. No text of ours has a question mark of another meaning. */
export class Sql {
  readonly text: string;
  readonly values: readonly SqlValue[];

  constructor(text: string, values: readonly SqlValue[] = []) {
    this.text = text;
    this.values = values;
  }
}

/** A piece from a template: other pieces are put in place, anything else becomes a value. */
export function sql(texts: TemplateStringsArray, ...parts: (Sql | SqlValue)[]): Sql {
  let text = texts[0]!;
  const values: SqlValue[] = [];
  for (const [index, part] of parts.entries()) {
    if (part instanceof Sql) {
      text += part.text;
      for (const value of part.values) values.push(value);
    } else {
      text += '?';
      values.push(part);
    }
    text += texts[index + 1]!;
  }
  return new Sql(text, values);
}

export const TRUE = new Sql('(1 = 1)');
export const FALSE = new Sql('(1 = 0)');

/** All of the conditions. */
export function all(conditions: readonly Sql[]): Sql {
  return combined(conditions, ' and ', TRUE);
}

/** Any of the conditions. */
export function any(conditions: readonly Sql[]): Sql {
  return combined(conditions, ' or ', FALSE);
}

/** A list of pieces, with something between them. */
export function joined(pieces: readonly Sql[], between: string): Sql {
  return new Sql(
    pieces.map(({ text }) => text).join(between),
    pieces.flatMap(({ values }) => values),
  );
}

/** Halves of halves: a chain of hundreds would be as deep as it is long, and engines bound how deep an expression is. */
function combined(conditions: readonly Sql[], between: string, none: Sql): Sql {
  if (conditions.length === 0) return none;
  if (conditions.length === 1) return conditions[0]!;
  const middle = conditions.length >> 1;
  const halves = [conditions.slice(0, middle), conditions.slice(middle)].map((half) => combined(half, between, none));
  return sql`(${joined(halves, between)})`;
}
