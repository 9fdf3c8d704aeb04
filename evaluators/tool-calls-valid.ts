/**
 * Can the caller carry out the model's tool calls: is each tool one that was offered, are the arguments JSON, and do they
 * follow the tool's own JSON schema? An agent that gets this wrong fails one step later, and far less clearly.
 */
import { defineEvaluator, schemaProblem, type ToolCall } from 'gradeway';

export default defineEvaluator({
  returns: 'boolean',
  description: 'Every tool call names an offered tool, with arguments that follow its schema.',
  evaluate(log) {
    if (log.status === null || log.status >= 400) return { value: null, reason: 'The call failed.' };
    if (log.responseTruncated) return { value: null, reason: 'The answer was too long to be kept whole.' };
    if (log.toolCalls.length === 0) return { value: null, reason: 'The answer calls no tools.' };

    const tools = toolsOffered(log.requestBody);
    const unchecked: string[] = [];
    for (const call of log.toolCalls) {
      const tool = tools.get(call.name);
      if (!tool) return { value: false, reason: `${call.name}: no such tool was offered` };
      // Tools that take free text instead of arguments cannot be called wrongly.
      if (tool === 'free text') continue;
      const verdict = check(call, tool.schema);
      if (verdict.wrong) return { value: false, reason: `${call.name}: ${verdict.wrong}` };
      if (verdict.unusable) unchecked.push(`${call.name}: its schema is not usable (${verdict.unusable})`);
    }
    if (unchecked.length > 0) return { value: null, reason: unchecked.join('; ') };
    return { value: true, reason: `${log.toolCalls.length} checked` };
  },
});

function check(call: ToolCall, schema: unknown): { wrong?: string; unusable?: string } {
  let given: unknown;
  try {
    given = JSON.parse(call.arguments || '{}'); // some models write nothing where there is nothing to say
  } catch (error) {
    return { wrong: `the arguments are not JSON: ${(error as Error).message}` };
  }
  const problem = schemaProblem(schema ?? {}, given);
  if (!problem) return {};
  return 'schema' in problem ? { unusable: problem.schema } : { wrong: problem.value };
}

interface Tool {
  type?: string;
  name?: string;
  /** OpenAI responses, and the old `functions`. */
  parameters?: unknown;
  /** OpenAI chat completions. */
  function?: { name: string; parameters?: unknown };
  custom?: { name: string };
  /** Anthropic. */
  input_schema?: unknown;
  /** Gemini. */
  functionDeclarations?: { name: string; parameters?: unknown; parametersJsonSchema?: unknown }[];
}

/** By name, as each API writes them. */
function toolsOffered(body: unknown): Map<string, { schema: unknown } | 'free text'> {
  const request = body as { tools?: Tool[]; functions?: Tool[] } | null;
  const offered = new Map<string, { schema: unknown } | 'free text'>();
  for (const tool of [...(request?.tools ?? []), ...(request?.functions ?? [])]) {
    if (tool.function) offered.set(tool.function.name, { schema: tool.function.parameters });
    for (const one of tool.functionDeclarations ?? [])
      offered.set(one.name, { schema: one.parametersJsonSchema ?? one.parameters });
    const name = tool.name ?? tool.custom?.name;
    if (name === undefined) continue;
    // Anthropic says `custom` too, of tools that do have a schema.
    const freeText = tool.type === 'custom' && tool.input_schema === undefined;
    offered.set(name, freeText ? 'free text' : { schema: tool.input_schema ?? tool.parameters });
  }
  return offered;
}
