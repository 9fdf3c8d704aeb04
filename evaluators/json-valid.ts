/**
 * Is the answer JSON, where JSON was asked for? And does it follow the JSON schema, where one was given?
 *
 * Only calls that asked for JSON are looked at: everyone else may answer in prose, and counting that as a failure (or as
 * a success) would make the share of valid answers mean nothing.
 */
import { Ajv2020, type AnySchema, type ValidateFunction } from 'ajv/dist/2020.js';
import { defineEvaluator } from 'gradeway';

export default defineEvaluator({
  returns: 'boolean',
  description: 'The answer is JSON and follows the schema that the request gave.',
  evaluate(log) {
    const asked = jsonAskedFor(log.requestBody);
    if (!asked) return { value: null, reason: 'The request did not ask for JSON.' };
    if (log.status === null || log.status >= 400) return { value: null, reason: 'The call failed.' };
    if (log.responseTruncated) return { value: null, reason: 'The answer was too long to be kept whole.' };
    if (log.output.refusal !== null) return { value: null, reason: 'The model refused.' };
    if (log.output.text === '' && log.toolCalls.length > 0) return { value: null, reason: 'The model called tools.' };

    let answer: unknown;
    try {
      answer = JSON.parse(log.output.text);
    } catch (error) {
      return { value: false, reason: `Not JSON: ${(error as Error).message}` };
    }
    if (asked.schema === undefined) {
      // `json_object` promises an object, not just any JSON.
      const isObject = typeof answer === 'object' && answer !== null;
      return { value: isObject, reason: isObject ? 'JSON' : 'JSON, but neither an object nor an array' };
    }
    const schema = compiled(asked.schema);
    if (typeof schema === 'string') return { value: null, reason: `The request's schema is not usable: ${schema}` };
    const valid = schema(answer);
    return { value: valid, reason: valid ? 'It follows the schema.' : ajv.errorsText(schema.errors, { dataVar: '' }) };
  },
});

interface Format {
  type?: string;
  schema?: unknown;
  json_schema?: { schema?: unknown };
}

/** Where each API says that it wants JSON. */
interface Request {
  /** OpenAI chat completions, and what is compatible with it. */
  response_format?: Format;
  /** OpenAI responses. */
  text?: { format?: Format };
  /** Anthropic. */
  output_config?: { format?: Format };
  output_format?: Format;
  /** Gemini. */
  generationConfig?: { responseMimeType?: string; responseJsonSchema?: unknown };
}

function jsonAskedFor(body: unknown): { schema?: unknown } | undefined {
  const request = body as Request | null;
  const format =
    request?.response_format ?? request?.text?.format ?? request?.output_config?.format ?? request?.output_format;
  if (format?.type === 'json_object') return {};
  if (format?.type === 'json_schema') return { schema: format.json_schema?.schema ?? format.schema };

  const gemini = request?.generationConfig;
  if (gemini?.responseMimeType === 'application/json') return { schema: gemini.responseJsonSchema };
  return undefined;
}

// Compiling a schema takes longer than everything else here, and a program sends the same few again and again.
const ajv = new Ajv2020({ strict: false, validateSchema: false, validateFormats: false });
const known = new Map<string, ValidateFunction>();

/** A validating function, or what is wrong with the schema. */
function compiled(schema: unknown): ValidateFunction | string {
  const text = JSON.stringify(schema);
  let validate = known.get(text);
  if (!validate) {
    try {
      validate = ajv.compile(schema as AnySchema);
    } catch (error) {
      return (error as Error).message;
    } finally {
      ajv.removeSchema(); // forgets it: requests bring new schemas without end
    }
    if (known.size >= 200) known.clear();
    known.set(text, validate);
  }
  return validate;
}
