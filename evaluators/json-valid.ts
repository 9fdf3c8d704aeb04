/**
 * Is the answer JSON, where JSON was asked for? And does it follow the JSON schema, where one was given?
 *
 * Only calls that asked for JSON are looked at: everyone else may answer in prose, and counting that as a failure (or as
 * a success) would make the share of valid answers mean nothing.
 */
import { defineEvaluator, schemaProblem } from 'gradeway';

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
    if (asked.schema === undefined) return { value: true, reason: 'JSON' };
    const problem = schemaProblem(asked.schema, answer);
    if (!problem) return { value: true, reason: 'It is what was asked for.' };
    if ('schema' in problem) return { value: null, reason: `The request's schema is not usable: ${problem.schema}` };
    return { value: false, reason: problem.value };
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
  generationConfig?: { responseMimeType?: string; responseJsonSchema?: unknown; responseSchema?: unknown };
}

/** Without a schema: any JSON. */
function jsonAskedFor(body: unknown): { schema?: unknown } | undefined {
  const request = body as Request | null;
  const format =
    request?.response_format ?? request?.text?.format ?? request?.output_config?.format ?? request?.output_format;
  // It promises an object, not just any JSON.
  if (format?.type === 'json_object') return { schema: { type: 'object' } };
  if (format?.type === 'json_schema') return { schema: format.json_schema?.schema ?? format.schema };

  const gemini = request?.generationConfig;
  if (gemini?.responseMimeType === 'application/json')
    return { schema: gemini.responseJsonSchema ?? gemini.responseSchema };
  return undefined;
}
