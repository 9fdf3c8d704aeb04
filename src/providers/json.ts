/**
 * JSON of unknown origin: parsing that refuses what is nested too deep, and reading values that may be anything.
 * What the values mean is left to the formats.
 */

/** Deeper values are not parsed: JSON.parse takes millions of levels, but JSON.stringify and postMessage then throw. */
export const MAX_DEPTH = 256;

export type JsonObject = Record<string, unknown>;

export type Parsed = { ok: true; value: unknown } | { ok: false; error: string };

const INVALID: Parsed = { ok: false, error: 'is not valid JSON' };
const TOO_DEEP: Parsed = { ok: false, error: `is JSON nested deeper than ${MAX_DEPTH}, which is not read` };

/** Parses a text. The error never quotes the text, which may hold secrets. */
export function parseJson(text: string): Parsed {
  // 257 levels need as many closings as openings.
  if (text.length > 2 * MAX_DEPTH && isDeeperThan(text, MAX_DEPTH)) return TOO_DEEP;
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return INVALID;
  }
}

/** Whether a JSON text is nested deeper than `limit`. Strings are jumped over, so long texts cost little. */
function isDeeperThan(text: string, limit: number): boolean {
  let depth = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(text, at);
      if (at === -1) return false;
    } else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > limit) return true;
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return false;
}

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;

/** Position of the quote that closes the string opened at `at`, or -1. */
export function endOfString(text: string, at: number): number {
  let end = text.indexOf('"', at + 1);
  while (end !== -1) {
    let before = end - 1;
    while (text.charCodeAt(before) === BACKSLASH) before -= 1;
    if ((end - before) % 2 === 1) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}

export function asObject(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}

export function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}

/** The objects of a list; whatever else is in it is passed over. */
export function objectsOf(value: unknown): JsonObject[] {
  if (!Array.isArray(value)) return [];
  return value.filter((one) => asObject(one) !== undefined) as JsonObject[];
}

/** A string that is not empty, or null. */
export function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** A count as providers give it: whole and not negative, or undefined. */
export function asCount(value: unknown): number | undefined {
  if (typeof value !== 'number' || !(value >= 0) || value > Number.MAX_SAFE_INTEGER) return undefined;
  return Math.round(value);
}

/** Sets a key as an own one, `__proto__` included. */
export function setKey(target: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  else target[key] = value;
}

/** The value of an own key, so that `__proto__` and `constructor` are read as ordinary names. */
export function ownValue(target: JsonObject, key: string): unknown {
  return Object.hasOwn(target, key) ? target[key] : undefined;
}

/** JSON text of a value that was parsed here, hence neither cyclic nor deep. A string stays as it is. */
export function asJsonText(value: unknown): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : JSON.stringify(value);
}

/** A copy that shares nothing with what was parsed. */
export function copyOf<T>(value: T): T {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf) as T;
  const copy: JsonObject = {};
  for (const key in value) setKey(copy, key, copyOf(value[key]));
  return copy as T;
}
