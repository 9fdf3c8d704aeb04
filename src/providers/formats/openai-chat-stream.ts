/** Assembles the chunks of OpenAI's chat and legacy completions into the body of the same call without streaming. */
import { type JsonObject, asObject, asText, copyOf, objectsOf, setKey } from '../json.ts';
import type { Assembler } from './format.ts';
import { appendList, appendText } from './pieces.ts';

interface Choice {
  index: number;
  fields: JsonObject;
  message: JsonObject;
  calls: Call[];
  /** The newest call of each index. */
  callAt: Map<number, Call>;
}

interface Call {
  fields: JsonObject;
  called: JsonObject;
}

/** Whether a delta's text under this key comes in pieces. Comparisons and no set: this runs for every key of every chunk. */
function isPiece(key: string): boolean {
  return key === 'content' || key === 'reasoning_content' || key === 'reasoning' || key === 'refusal' || key === 'text';
}

function isDecidedFirst(key: string): boolean {
  return key === 'id' || key === 'created' || key === 'model';
}

/** Keys that are set at the end, and padding against guessing contents from packet sizes (`p` is Mistral's). */
function isLeftOut(key: string): boolean {
  return key === 'choices' || key === 'object' || key === 'obfuscation' || key === 'p';
}

export function chatAssembler(): Assembler {
  return choicesAssembler('chat.completion', (choice) => {
    const message: JsonObject = { role: 'assistant', content: null, ...choice.message };
    if (choice.calls.length > 0) message['tool_calls'] = choice.calls.map(wholeCall);
    return { index: choice.index, message, finish_reason: null, ...choice.fields };
  });
}

/** Legacy completions: the same chunks with a text where chat has a message. */
export function completionsAssembler(): Assembler {
  return choicesAssembler('text_completion', (choice) => {
    const text = choice.message['text'] ?? '';
    return { index: choice.index, text, logprobs: null, finish_reason: null, ...choice.fields };
  });
}

function choicesAssembler(object: string, whole: (choice: Choice) => JsonObject): Assembler {
  const top: JsonObject = {};
  const choices = new Map<number, Choice>();
  let last: JsonObject | undefined;

  function choiceAt(index: number): Choice {
    let choice = choices.get(index);
    if (choice === undefined) {
      choice = { index, fields: {}, message: {}, calls: [], callAt: new Map() };
      choices.set(index, choice);
    }
    return choice;
  }

  return {
    accept(event) {
      // The same object again has other texts only, and a chunk has none of its own that matter.
      if (event !== last)
        for (const key in event) {
          const value = event[key];
          const held = top[key];
          // Most values are the same in all chunks.
          if (value === held || value === null || value === '' || isLeftOut(key)) continue;
          if (isDecidedFirst(key) && held !== undefined && held !== 0) continue;
          setKey(top, key, copyOf(value));
        }
      last = event;
      let token = false;
      if (Array.isArray(event['choices']))
        for (const one of event['choices'] as unknown[]) {
          const piece = asObject(one);
          if (piece === undefined) continue;
          const index = typeof piece['index'] === 'number' ? piece['index'] : 0;
          if (mergeChoice(choiceAt(index), piece)) token = true;
        }
      return token;
    },
    body() {
      if (choices.size === 0 && top['error'] !== undefined) return top;
      const ordered = [...choices.values()].sort((a, b) => a.index - b.index);
      const body: JsonObject = { ...top, object, choices: ordered.map(whole) };
      const groqUsage = asObject(top['x_groq'])?.['usage'];
      if (body['usage'] === undefined && groqUsage !== undefined) body['usage'] = groqUsage;
      return body;
    },
  };
}

function mergeChoice(choice: Choice, piece: JsonObject): boolean {
  let token = false;
  for (const key in piece) {
    const value = piece[key];
    if (key === 'index' || (value === null && choice.fields[key] === null)) continue;
    if (key === 'delta' || key === 'message') {
      const delta = asObject(value);
      if (delta !== undefined && mergeDelta(choice, delta)) token = true;
    } else if (key === 'text') {
      if (appendText(choice.message, key, value)) token = true;
    } else if (key === 'logprobs') mergeLists(choice.fields, key, value);
    else if (value !== null || choice.fields[key] === undefined) setKey(choice.fields, key, copyOf(value));
  }
  return token;
}

function mergeDelta(choice: Choice, delta: JsonObject): boolean {
  const { message } = choice;
  let token = false;
  for (const key in delta) {
    const value = delta[key];
    if (isPiece(key)) {
      if (appendText(message, key, value)) token = true;
    } else if (key === 'tool_calls') {
      for (const call of objectsOf(value)) mergeCall(choice, call);
      if (objectsOf(value).length > 0) token = true;
    } else if (key === 'function_call' || key === 'audio') {
      const inner = asObject(value);
      if (inner === undefined) continue;
      const held = (message[key] ??= {}) as JsonObject;
      mergeTexts(held, inner, ['arguments', 'data', 'transcript']);
      token = true;
    } else if (key === 'reasoning_details') mergeDetails(message, value);
    else if (Array.isArray(value)) appendList(message, key, value);
    else if (value !== null || message[key] === undefined) setKey(message, key, copyOf(value));
  }
  return token;
}

/**
 * Finds the call by its index. Some providers leave the index out, or give every call the same one: then a new id tells
 * that a new call begins.
 */
function mergeCall(choice: Choice, piece: JsonObject): void {
  const index = typeof piece['index'] === 'number' ? piece['index'] : undefined;
  const id = asText(piece['id']);
  let call = index === undefined ? choice.calls.at(-1) : choice.callAt.get(index);
  if (call === undefined || (id !== null && asText(call.fields['id']) !== null && call.fields['id'] !== id)) {
    call = { fields: {}, called: {} };
    choice.calls.push(call);
    if (index !== undefined) choice.callAt.set(index, call);
  }
  for (const key in piece) {
    const value = piece[key];
    if (key === 'function' || key === 'custom') {
      const called = asObject(value);
      if (called !== undefined) mergeTexts(call.called, called, ['arguments', 'input']);
    } else if (key !== 'index' && value !== null && value !== '') setKey(call.fields, key, copyOf(value));
  }
}

function wholeCall(call: Call): JsonObject {
  if (call.fields['type'] === 'custom') return { ...call.fields, custom: { ...call.called } };
  return { type: 'function', ...call.fields, function: { arguments: '', ...call.called } };
}

/** Takes over an object's keys; the texts under `pieces` are appended. */
function mergeTexts(target: JsonObject, piece: JsonObject, pieces: string[]): void {
  for (const key in piece) {
    const value = piece[key];
    if (value === null || value === '') {
      if (pieces.includes(key) && target[key] === undefined && value === '') target[key] = '';
    } else if (pieces.includes(key) && typeof value === 'string' && typeof target[key] === 'string')
      target[key] += value;
    else setKey(target, key, copyOf(value));
  }
}

/** OpenRouter's reasoning details: pieces of one detail come one after another and share its index. */
function mergeDetails(message: JsonObject, value: unknown): void {
  const details = (message['reasoning_details'] ??= []) as JsonObject[];
  for (const piece of objectsOf(value)) {
    const held = details.at(-1);
    const same = held !== undefined && held['index'] === piece['index'] && held['type'] === piece['type'];
    if (same && piece['index'] !== undefined) mergeTexts(held, piece, ['text', 'summary', 'data']);
    else details.push(copyOf(piece));
  }
}

/** Appends each list of an object to the same list of the one that is held (log probabilities). */
function mergeLists(target: JsonObject, key: string, value: unknown): void {
  const piece = asObject(value);
  const held = asObject(target[key]);
  if (piece === undefined) {
    if (held === undefined) target[key] = null;
    return;
  }
  const merged = held ?? {};
  for (const inner in piece) {
    const one = piece[inner];
    if (Array.isArray(one)) appendList(merged, inner, one);
    else if (one !== null || merged[inner] === undefined) setKey(merged, inner, copyOf(one));
  }
  target[key] = merged;
}
