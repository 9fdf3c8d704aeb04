/** Parts of message contents, as all formats have them in some spelling: text, and what is not text. */
import type { Message, ToolCall } from '../../model/message.ts';
import { type JsonObject, asObject, asText } from '../json.ts';

/** Between the parts of one message, as `Message.text` has it. */
export const PART_SEPARATOR = '\n\n';

/** Name of a part's type -> what `Message.attachments` calls it. */
const ATTACHMENTS: Record<string, string> = {
  image: 'image',
  image_url: 'image',
  input_image: 'image',
  image_file: 'image',
  audio: 'audio',
  input_audio: 'audio',
  output_audio: 'audio',
  video: 'video',
  video_url: 'video',
  input_video: 'video',
  file: 'file',
  input_file: 'file',
  document: 'file',
  container_upload: 'file',
};

/** Gathers the parts of one message. */
export interface Parts {
  texts: string[];
  attachments: string[];
  toolCalls: ToolCall[];
}

export function newParts(): Parts {
  return { texts: [], attachments: [], toolCalls: [] };
}

export function messageOf(role: string, parts: Parts, toolCallId?: string | null): Message {
  const message: Message = { role, text: parts.texts.join(PART_SEPARATOR) };
  if (parts.toolCalls.length > 0) message.toolCalls = parts.toolCalls;
  if (toolCallId !== undefined && toolCallId !== null) message.toolCallId = toolCallId;
  if (parts.attachments.length > 0) message.attachments = parts.attachments;
  return message;
}

/** A content that is a text, or a list of texts and typed parts; `text`, `refusal` and the like count as text. */
export function addContent(parts: Parts, content: unknown): void {
  if (typeof content === 'string') {
    if (content !== '') parts.texts.push(content);
  } else if (Array.isArray(content)) {
    for (const part of content) addPart(parts, part);
  } else if (asObject(content) !== undefined) addPart(parts, content);
}

function addPart(parts: Parts, part: unknown): void {
  if (typeof part === 'string') return addContent(parts, part);
  const object = asObject(part);
  if (object === undefined) return;
  const text = textOfPart(object);
  const type = asText(object['type']);
  if (text !== null) parts.texts.push(text);
  else if (type !== null && Object.hasOwn(ATTACHMENTS, type)) parts.attachments.push(ATTACHMENTS[type]!);
}

function textOfPart(part: JsonObject): string | null {
  return part['type'] === 'thinking' ? null : (asText(part['text']) ?? asText(part['refusal']));
}
