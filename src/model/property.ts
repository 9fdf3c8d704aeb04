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

// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether a name can be kept: headers bring none with control characters, and the store keeps names with them for itself. */
export function isPropertyName(name: string): boolean {
  return name !== '' && name.length <= PROPERTY_LIMITS.name && !CONTROL.test(name);
}

/** Why a property of this name cannot be set on a log that has these; undefined where it can. */
export function settingProblem(name: string, has: Properties): string | undefined {
  if (!isPropertyName(name)) return 'a name has 1 to 128 characters, and no control characters';
  if (!has.has(name) && has.size >= PROPERTY_LIMITS.count)
    return `the log has ${has.size} properties, and no more are kept. Set one of those`;
  return undefined;
}
