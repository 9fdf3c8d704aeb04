/**
 * Assembles the events of OpenAI's responses streams. The last event holds the whole response; where it never came, the
 * response is put together from the items, parts and pieces that did.
 */
import { type JsonObject, asList, asObject, asText, copyOf, setKey } from '../json.ts';
import type { Assembler } from './format.ts';

/** Where the piece of a delta event goes: a key of the item, or of one of its parts. */
interface Place {
  list?: 'content' | 'summary';
  type?: string;
  key: string;
}

const PLACES: Record<string, Place> = {
  'response.output_text.delta': { list: 'content', type: 'output_text', key: 'text' },
  'response.refusal.delta': { list: 'content', type: 'refusal', key: 'refusal' },
  'response.reasoning_text.delta': { list: 'content', type: 'reasoning_text', key: 'text' },
  'response.reasoning_summary_text.delta': { list: 'summary', type: 'summary_text', key: 'text' },
  'response.function_call_arguments.delta': { key: 'arguments' },
  'response.custom_tool_call_input.delta': { key: 'input' },
  'response.mcp_call_arguments.delta': { key: 'arguments' },
  'response.code_interpreter_call_code.delta': { key: 'code' },
};

const FINAL = new Set(['response.completed', 'response.incomplete', 'response.failed']);

interface Item {
  fields: JsonObject;
  lists: { content: Map<number, JsonObject>; summary: Map<number, JsonObject> };
  /** The item as `output_item.done` gave it: whole. */
  done: boolean;
}

export function responsesAssembler(): Assembler {
  let response: JsonObject | undefined;
  let error: JsonObject | undefined;
  const items = new Map<number, Item>();

  function itemAt(index: unknown): Item {
    const at = typeof index === 'number' ? index : 0;
    let item = items.get(at);
    if (item === undefined)
      items.set(at, (item = { fields: {}, lists: { content: new Map(), summary: new Map() }, done: false }));
    return item;
  }

  return {
    accept(event, name) {
      const type = asText(event['type']) ?? name ?? '';
      if (Object.hasOwn(PLACES, type)) return mergePiece(itemAt(event['output_index']), PLACES[type]!, event);
      if (type === 'response.output_item.added' || type === 'response.output_item.done') {
        const item = itemAt(event['output_index']);
        const fields = asObject(event['item']) ?? {};
        for (const key in fields) setKey(item.fields, key, copyOf(fields[key]));
        item.done = type === 'response.output_item.done';
        return asText(item.fields['type'])?.endsWith('_call') ?? false;
      }
      if (type === 'error' || (type === '' && event['error'] !== undefined))
        error = copyOf(asObject(event['error']) ?? event);
      const whole = asObject(event['response']);
      if (whole !== undefined && (response === undefined || FINAL.has(type))) response = copyOf(whole);
      return false;
    },
    body() {
      if (response === undefined && items.size === 0) return error === undefined ? {} : { error };
      const body: JsonObject = { object: 'response', ...response };
      if (asList(body['output']).length === 0)
        body['output'] = [...items].sort(([a], [b]) => a - b).map(([, item]) => wholeItem(item));
      if (error !== undefined && (body['error'] === undefined || body['error'] === null)) body['error'] = error;
      return body;
    },
  };
}

function mergePiece(item: Item, place: Place, event: JsonObject): boolean {
  const piece = asText(event['delta']);
  if (piece === null) return false;
  let target = item.fields;
  if (place.list !== undefined) {
    const parts = item.lists[place.list];
    const index = event[place.list === 'summary' ? 'summary_index' : 'content_index'];
    const at = typeof index === 'number' ? index : 0;
    target = parts.get(at) ?? { type: place.type };
    parts.set(at, target);
  }
  const held = target[place.key];
  target[place.key] = typeof held === 'string' ? held + piece : piece;
  return true;
}

function wholeItem(item: Item): JsonObject {
  if (item.done) return item.fields;
  const fields = { ...item.fields };
  for (const list of ['content', 'summary'] as const) {
    const parts = [...item.lists[list]].sort(([a], [b]) => a - b).map(([, part]) => part);
    if (parts.length === 0) continue;
    fields[list] = parts;
    fields['type'] ??= list === 'summary' || parts[0]!['type'] === 'reasoning_text' ? 'reasoning' : 'message';
  }
  return fields;
}
