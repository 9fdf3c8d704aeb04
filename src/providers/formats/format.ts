/** What a wire format is to the readers: how its bodies are read, and how its streams become bodies. */
import type { Message, ToolCall } from '../../model/message.ts';
import type { Usage } from '../../model/usage.ts';
import type { JsonObject } from '../json.ts';

export interface BodyFacts {
  model: string | null;
  usage: Usage | null;
  finishReason: string | null;
  /** The provider's own id of its answer. */
  id: string | null;
}

export interface Output {
  text: string;
  reasoning: string | null;
  refusal: string | null;
  toolCalls: ToolCall[];
}

/** Makes of a stream's events the body that the same call without streaming would have given. */
export interface Assembler {
  /**
   * Takes one event and says whether it brought a part of the answer (text, reasoning, refusal, tool call). The event is
   * the assembler's until it returns; whatever of it is kept is copied.
   */
  accept(event: JsonObject, name: string | undefined): boolean;
  body(): unknown;
}

export interface Format {
  /** Whether its calls always answer in JSON, so that anything else is an error. */
  answersJson: boolean;
  assembler(): Assembler;
  facts(response: JsonObject): BodyFacts;
  input(request: JsonObject): Message[];
  output(response: JsonObject): Output;
  user(request: JsonObject): string | null;
}

export const NO_OUTPUT: Output = { text: '', reasoning: null, refusal: null, toolCalls: [] };
