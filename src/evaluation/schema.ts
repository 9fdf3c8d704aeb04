/**
 * Checks a value against a JSON schema that a request brought along; for authors of evaluators, who get it from
 * `define.ts`. Schemas of draft 2020-12 and older, and those of Gemini, which writes its types in upper case.
 */
import { createRequire } from 'node:module';
import type { Ajv2020, AnySchema, ValidateFunction } from 'ajv/dist/2020.js';

/** What is wrong: with the value, or with the schema, by which then nothing can be checked. */
export type SchemaProblem = { value: string } | { schema: string };

const GEMINI_TYPES = new Set(['STRING', 'NUMBER', 'INTEGER', 'BOOLEAN', 'ARRAY', 'OBJECT', 'NULL']);
const KNOWN = 200;

// Compiling a schema takes longer than checking by it, and a program sends the same few again and again.
const known = new Map<string, ValidateFunction>();
let ajv: Ajv2020 | undefined;

/** What is wrong with a value by a JSON schema; undefined where nothing is. Never throws. */
export function schemaProblem(schema: unknown, value: unknown): SchemaProblem | undefined {
  try {
    const validate = compiled(schema);
    if (validate(value)) return undefined;
    return { value: loadAjv().errorsText(validate.errors, { dataVar: '' }).trim() };
  } catch (error) {
    return { schema: (error as Error).message };
  }
}

function compiled(schema: unknown): ValidateFunction {
  const text = JSON.stringify(schema);
  let validate = known.get(text);
  if (validate) return validate;
  if (schema === null) throw new Error('It is null.');
  const compiler = loadAjv();
  try {
    validate = compiler.compile((isGemini(schema) ? JSON.parse(text, lowerType) : schema) as AnySchema);
    if ('$async' in validate) throw new Error('$async is no part of JSON schema.');
  } finally {
    compiler.removeSchema(); // forgets it: requests bring new schemas without end
  }
  if (known.size >= KNOWN) known.clear();
  known.set(text, validate);
  return validate;
}

/** Loading it takes 70 ms, which a child that checks no schema need not spend. */
function loadAjv(): Ajv2020 {
  if (ajv) return ajv;
  const loaded = createRequire(import.meta.url)('ajv/dist/2020.js') as { Ajv2020: typeof Ajv2020 };
  ajv = new loaded.Ajv2020({ strict: false, validateSchema: false, validateFormats: false });
  return ajv;
}

/** Its schemas say their type, the outermost one included; others may have such words in a `const`. */
function isGemini(schema: unknown): boolean {
  return GEMINI_TYPES.has(String((schema as { type?: unknown } | null)?.type));
}

/** A property that is called `type` has a schema there, and no text. */
function lowerType(key: string, value: unknown): unknown {
  return key === 'type' && typeof value === 'string' && GEMINI_TYPES.has(value) ? value.toLowerCase() : value;
}
