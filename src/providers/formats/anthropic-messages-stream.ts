/** Assembles the events of Anthropic's message streams into the message that the same call without streaming would give. */
import { type JsonObject, asObject, asText, copyOf, parseJson, setKey } from '../json.ts';
import type { Assembler } from './format.ts';
import { appendList } from './pieces.ts';

/** Type of a delta -> the key of the block that it adds to; the delta has the piece under the same key. */
const PIECES: Record<string, string> = { text_delta: 'text', thinking_delta: 'thinking', signature_delta: 'signature' };

interface Block {
  fields: JsonObject;
  /** Pieces of the JSON of a tool's input. */
  json: string | undefined;
}

export function messagesAssembler(): Assembler {
  const message: JsonObject = {};
  const blocks = new Map<number, Block>();
  let error: unknown;

  function blockAt(index: unknown): Block {
    const at = typeof index === 'number' ? index : 0;
    let block = blocks.get(at);
    if (block === undefined) blocks.set(at, (block = { fields: {}, json: undefined }));
    return block;
  }

  return {
    accept(event, name) {
      switch (asText(event['type']) ?? name ?? '') {
        case 'message_start':
          mergeMessage(message, asObject(event['message']) ?? {});
          return false;
        case 'content_block_start': {
          const start = copyOf(asObject(event['content_block']) ?? {});
          blockAt(event['index']).fields = start;
          return asText(start['text']) !== null || start['type'] === 'tool_use';
        }
        case 'content_block_delta':
          return mergeDelta(blockAt(event['index']), asObject(event['delta']) ?? {});
        case 'message_delta':
          mergeMessage(message, { ...asObject(event['delta']), usage: event['usage'] });
          return false;
        case 'error':
          error = copyOf(event['error'] ?? event);
          return false;
        default:
          return false;
      }
    },
    body() {
      if (Object.keys(message).length === 0 && blocks.size === 0 && error !== undefined)
        return { type: 'error', error };
      const ordered = [...blocks].sort(([a], [b]) => a - b);
      const body: JsonObject = {
        type: 'message',
        role: 'assistant',
        stop_reason: null,
        stop_sequence: null,
        ...message,
        content: ordered.map(([, block]) => wholeBlock(block)),
      };
      if (error !== undefined) body['error'] = error;
      return body;
    },
  };
}

/** Later values win, but a null does not undo one; usage is merged count by count, since each event has only some. */
function mergeMessage(message: JsonObject, piece: JsonObject): void {
  for (const key in piece) {
    const value = piece[key];
    if (key === 'content' || value === undefined) continue;
    if (key === 'usage') {
      const usage = asObject(value);
      if (usage === undefined) continue;
      mergeMessage((message['usage'] ??= {}) as JsonObject, usage);
    } else if (value !== null || message[key] === undefined) setKey(message, key, copyOf(value));
  }
}

function mergeDelta(block: Block, delta: JsonObject): boolean {
  const type = asText(delta['type']) ?? '';
  if (type === 'input_json_delta') {
    const piece = delta['partial_json'];
    block.json = (block.json ?? '') + (typeof piece === 'string' ? piece : '');
    block.fields['type'] ??= 'tool_use';
    return true;
  }
  if (type === 'citations_delta') appendList(block.fields, 'citations', [delta['citation']]);
  const key = Object.hasOwn(PIECES, type) ? PIECES[type]! : undefined;
  const piece = key === undefined ? null : asText(delta[key]);
  if (key === undefined || piece === null) return false;
  const held = block.fields[key];
  block.fields[key] = typeof held === 'string' ? held + piece : piece;
  block.fields['type'] ??= key === 'signature' ? 'thinking' : key;
  return key !== 'signature';
}

/** A tool's input is an object, where its JSON came whole; else the text as far as it came. */
function wholeBlock(block: Block): JsonObject {
  if (block.json === undefined || block.json === '') return block.fields;
  const parsed = parseJson(block.json);
  return { ...block.fields, input: parsed.ok ? parsed.value : block.json };
}
