/** Datapoints in a line, and as texts that a form holds. */
import type { ChatMessage, DatapointContent } from '../../model/datapoint.ts';
import { UNKNOWN } from './number.ts';

/** What it asks, in a line: its inputs, else the last message. */
export function askedText({ inputs, messages }: DatapointContent): string {
  const given = Object.entries(inputs);
  if (given.length === 1) return plainText(given[0]![1]);
  if (given.length > 1) return given.map(([name, value]) => `${name}: ${plainText(value)}`).join(', ');
  const last = messages?.at(-1);
  return last === undefined ? UNKNOWN : contentText(last);
}

/** What a good output would be, in a line. */
export function targetText(target: unknown): string {
  if (target === null || target === undefined) return UNKNOWN;
  const output = typeof target === 'object' && 'output' in target ? target.output : target;
  return plainText(output);
}

function contentText({ content }: ChatMessage): string {
  if (!Array.isArray(content)) return plainText(content);
  const texts = (content as { text?: unknown }[]).map(({ text }) => text).filter((text) => typeof text === 'string');
  return texts.join(' ');
}

export function plainText(value: unknown): string {
  return typeof value === 'string' ? value : value == null ? UNKNOWN : JSON.stringify(value);
}

/** Its members as JSON; empty where there is nothing. */
export type DatapointTexts = Record<keyof DatapointContent, string>;

export function textsOf(datapoint: DatapointContent | undefined): DatapointTexts {
  const text = (value: unknown): string => {
    const isNothing = value == null || (typeof value === 'object' && Object.keys(value).length === 0);
    return isNothing ? '' : JSON.stringify(value, null, 2);
  };
  return {
    inputs: text(datapoint?.inputs),
    messages: text(datapoint?.messages),
    target: text(datapoint?.target),
    metadata: text(datapoint?.metadata),
  };
}

export type Read = { content: DatapointContent } | { problems: Partial<DatapointTexts> };

/** A target that is no JSON is a text; the rest has to be JSON. */
export function readTexts(texts: DatapointTexts): Read {
  const problems: Partial<DatapointTexts> = {};
  const json = (member: keyof DatapointTexts, none: unknown): unknown => {
    const text = texts[member].trim();
    if (text === '') return none;
    try {
      return JSON.parse(text) as unknown;
    } catch (error) {
      if (member === 'target') return text;
      problems[member] = error instanceof Error ? error.message : 'It is no JSON.';
      return none;
    }
  };
  const content = {
    inputs: json('inputs', {}),
    messages: json('messages', null),
    target: json('target', null),
    metadata: json('metadata', {}),
  } as DatapointContent;
  return Object.keys(problems).length > 0 ? { problems } : { content };
}
