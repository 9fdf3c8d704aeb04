/**
 * The texts of a log: what a filter on input or output looks into, what the word index holds. The store imports this module
 * by the URL that it is handed, since it may not know of providers.
 */
import { readCall } from './read-call.ts';
import type { WireCall } from './wire-call.ts';

export interface LogTexts {
  /** The texts of all messages, in order. */
  input: string;
  output: string;
}

/** Reads the texts of a call; empty where there are none. Never throws. */
export function readTexts(call: WireCall): LogTexts {
  const { input, output } = readCall(call);
  return { input: input.map(({ text }) => text).join('\n\n'), output: output.text };
}
