/** All that can be read of a call: facts, bodies and the conversation in one shape, for evaluators and the API. */
import type { Message, ToolCall } from '../model/message.ts';
import { NO_OUTPUT } from './formats/format.ts';
import { asObject } from './json.ts';
import { type CallFacts, read } from './reading.ts';
import { parseEvent } from './repeated-events.ts';
import type { WireCall } from './wire-call.ts';

export interface CallReading extends CallFacts {
  /** JSON where the body is JSON (a form: its fields), else text, else null. */
  requestBody: unknown;
  /** The same; a stream as the body that the call would have had without streaming. */
  responseBody: unknown;
  input: Message[];
  output: { text: string; reasoning: string | null; refusal: string | null };
  toolCalls: ToolCall[];
}

/** Reads a call, whatever its bodies hold; what cannot be read is empty and named in `parseError`. */
export function readCall(call: WireCall): CallReading {
  const { format, facts, request, response } = read(call, parseEvent);
  const requestObject = asObject(request);
  const responseObject = asObject(response);
  const output = responseObject === undefined ? NO_OUTPUT : format.output(responseObject);
  return {
    ...facts,
    requestBody: request,
    responseBody: response,
    input: requestObject === undefined ? [] : format.input(requestObject),
    output: { text: output.text, reasoning: output.reasoning, refusal: output.refusal },
    toolCalls: output.toolCalls,
  };
}
