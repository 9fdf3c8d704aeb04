/**
 * Asks for usage at the end of a stream (`stream_options.include_usage`), as Stream-Usage wants it: the one directive that
 * changes a body. The member is put in front of the others, and the rest of the bytes stays as it is; only where
 * `stream_options` is there already is the body written anew. What is no JSON object that asks for a stream is untouched.
 */

import type { Provider } from '../model/exchange.ts';

const MEMBER = Buffer.from('"stream_options":{"include_usage":true},');

/** Whether a call has the member at all: chat completions and completions of OpenAI do, other formats refuse it. */
export function takesStreamUsage(provider: Provider, path: string): boolean {
  return (provider === 'openai' || provider === 'azure') && /^[^?#]*\/completions(?:[?#]|$)/.test(path);
}

/** The body to send upstream: the same buffer where nothing had to change. */
export function withStreamUsage(body: Buffer, contentEncoding: string | undefined): Buffer {
  if (contentEncoding !== undefined && contentEncoding !== 'identity') return body;
  const parsed = parse(body);
  if (parsed === undefined || parsed['stream'] !== true) return body;
  const asked = parsed['stream_options'];
  if (asked === undefined) {
    const brace = body.indexOf(0x7b);
    return Buffer.concat([body.subarray(0, brace + 1), MEMBER, body.subarray(brace + 1)]);
  }
  const others = typeof asked === 'object' && asked !== null && !Array.isArray(asked) ? asked : {};
  if ('include_usage' in others && others.include_usage === true) return body;
  return rewrite({ ...parsed, stream_options: { ...others, include_usage: true } }) ?? body;
}

/** Undefined where the value is nested too deep for the stack. */
function rewrite(value: object): Buffer | undefined {
  try {
    return Buffer.from(JSON.stringify(value));
  } catch {
    return undefined;
  }
}

function parse(body: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}
