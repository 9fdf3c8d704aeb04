/** Every transcript there is. */
import { anthropicAndGeminiTranscripts } from './anthropic-and-gemini.ts';
import { openaiChatTranscripts } from './openai-chat.ts';
import { openaiOtherTranscripts } from './openai-other.ts';
import type { Transcript } from './transcript.ts';

export const transcripts: Transcript[] = [
  ...openaiChatTranscripts,
  ...openaiOtherTranscripts,
  ...anthropicAndGeminiTranscripts,
];
