/** Properties: a client's key = value on a log. Names compare without case and are kept in lower case. */

export const PROPERTY_LIMITS = {
  /** Properties on one log; more are dropped, and counted in `propertiesDropped`. */
  count: 64,
  /** Characters of a name. */
  name: 128,
  /** Characters of a value; longer ones are cut, and counted with the dropped ones. */
  value: 1024,
} as const;

export type Properties = Map<string, string>;

/** The form in which a property's name is kept and compared. */
export function propertyName(name: string): string {
  return name.toLowerCase();
}
