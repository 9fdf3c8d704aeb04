/** A conversation in one shape, whatever the provider's: what evaluators and people read. */
import { z } from 'zod';

export const toolCallSchema = z.object({
  id: z.string().nullable(),
  name: z.string(),
  /** Arguments as the model wrote them; usually JSON, but models err. */
  arguments: z.string(),
});
export type ToolCall = z.infer<typeof toolCallSchema>;

export const messageSchema = z.object({
  role: z.string(),
  /** All text of the message, parts joined by a blank line; pictures and audio are left out. */
  text: z.string(),
  toolCalls: z.array(toolCallSchema).optional(),
  /** For an answer of a tool: the call it answers. */
  toolCallId: z.string().optional(),
  /** Kinds of parts that are not text: `image`, `audio`, `file`. */
  attachments: z.array(z.string()).optional(),
});
export type Message = z.infer<typeof messageSchema>;
