import { describe, expect, it } from 'vitest';
import { type CallReading, readCall } from '../../src/providers/read-call.ts';
import { readFacts } from '../../src/providers/read-facts.ts';
import { transcripts } from './transcripts/all.ts';
import { factsOf } from './transcripts/transcript.ts';

describe('reading a call', () => {
  it.each(transcripts)('reads $name', ({ call, expected }) => {
    const reading = readCall(call);
    const read = Object.fromEntries(Object.keys(expected).map((key) => [key, reading[key as keyof CallReading]]));
    expect(read).toEqual(expected);
  });

  it.each(transcripts)('reads the same facts of $name with and without the conversation', ({ call }) => {
    expect(readFacts(call)).toEqual(factsOf(readCall(call)));
  });
});

describe('the first token of a stream', () => {
  it.each([
    { name: 'a chat stream', ends: '"content":"Par"},' },
    { name: 'a chat stream of tool calls, interleaved', ends: '"name":"get_weather"' },
    { name: 'a chat stream that refuses', ends: `"refusal":"I'm sorry, "` },
    { name: 'a chat stream with reasoning_content (DeepSeek)', ends: '"reasoning_content":"France, "' },
    { name: 'a response stream', ends: '"delta":"Easy"' },
    { name: 'a message stream', ends: '"thinking":"Let"' },
    { name: 'a stream of Gemini', ends: '"text":"Thinking"' },
    { name: 'a stream of Gemini as an array', ends: '"text": "Thinking"' },
    { name: 'a transcription stream', ends: '"delta":"Hello "' },
  ])('is found in $name', ({ name, ends }) => {
    const { call } = transcripts.find((one) => one.name === name)!;
    const offset = readFacts(call).firstTokenOffset!;
    const text = Buffer.from(call.responseBody!).toString();
    const upTo = Buffer.from(call.responseBody!).subarray(0, offset).toString();
    expect(upTo).toContain(ends);
    expect(text.indexOf(ends)).toBe(text.slice(0, upTo.length).lastIndexOf(ends));
    expect(/(\n\n|\r\n\r\n|\})$/.test(upTo)).toBe(true);
    expect(upTo.length - upTo.indexOf(ends)).toBeLessThan(600);
  });

  it('is counted in bytes, not characters', () => {
    const { call } = transcripts.find((one) => one.name === 'a chat stream')!;
    const comment = Buffer.from(': \u00e9\u{1f600}\n\n');
    const before = readFacts(call).firstTokenOffset!;
    const moved = readFacts({ ...call, responseBody: Buffer.concat([comment, call.responseBody!]) });
    expect(moved.firstTokenOffset).toBe(before + comment.length);
  });
});
