/**
 * What the far end answers, as a function of the marker in the request: the upstream sends it, the client expects it, and
 * the verification looks for it in the store. Nothing needs to be remembered but the marker.
 */
import { createHash } from 'node:crypto';
import { seededRandom } from '../fakes/random.ts';

export type Kind = 'json' | 'chunked' | 'sse' | 'slow-head' | 'slow-stream';

export const QUICK: readonly Kind[] = ['json', 'json', 'chunked', 'sse', 'sse'];
export const SLOW: readonly Kind[] = ['slow-head', 'slow-stream'];

export interface Answer {
  contentType: string;
  /** Undefined: chunked. */
  contentLength: number | undefined;
  /** What is sent, piece by piece. */
  pieces: Buffer[];
  /** Before the head. */
  headDelayMs: number;
  /** Between pieces. */
  pieceDelayMs: number;
}

/** A marker: says its kind, and is unique by its number. */
export function markerOf(kind: Kind, name: string): string {
  return `torture/${kind}/${name}/`;
}

/** The marker in a request's body. */
export function findMarker(body: string): string | undefined {
  return /torture\/[a-z-]+\/[A-Za-z0-9.-]+\//.exec(body)?.[0];
}

export function answerTo(marker: string): Answer {
  const random = seededRandom(createHash('sha256').update(marker).digest().readUInt32LE(0));
  const kind = marker.split('/')[1] as Kind;
  const words = Array.from({ length: random.between(2, 60) }, () => random.between(0, 0xffffff).toString(36));
  const id = `chatcmpl-${createHash('sha256').update(marker).digest('hex').slice(0, 24)}`;
  const slow = kind.startsWith('slow');
  const delayMs = slow ? random.between(1500, 3000) : random.pick([0, 0, 1, 3]);
  if (kind === 'sse' || kind === 'slow-stream') {
    const pieces = eventsOf(id, marker, words);
    return {
      contentType: 'text/event-stream',
      contentLength: undefined,
      pieces,
      headDelayMs: slow ? 5 : delayMs,
      pieceDelayMs: slow ? Math.ceil(delayMs / pieces.length) : 0,
    };
  }
  const body = Buffer.from(JSON.stringify(completion(id, marker, words)));
  const cut = random.between(1, body.length - 1);
  return {
    contentType: 'application/json',
    contentLength: kind === 'chunked' ? undefined : body.length,
    pieces: [body.subarray(0, cut), body.subarray(cut)],
    headDelayMs: delayMs,
    pieceDelayMs: 0,
  };
}

/** Whether a client that received this saw the answer's end, whatever became of the connection afterwards. */
export function sawEnd(answer: Answer, received: Buffer, complete: boolean): boolean {
  // An application takes a stream for complete at its ending event, not at the last chunk of the transfer.
  if (answer.contentType === 'text/event-stream') return received.includes('data: [DONE]\n\n');
  if (answer.contentLength !== undefined) return received.length === answer.contentLength;
  return complete;
}

function completion(id: string, marker: string, words: string[]): unknown {
  return {
    id,
    object: 'chat.completion',
    created: 1_790_000_000,
    model: 'gpt-4o-mini',
    choices: [
      { index: 0, message: { role: 'assistant', content: `${marker} ${words.join(' ')}` }, finish_reason: 'stop' },
    ],
    usage: { prompt_tokens: 12, completion_tokens: words.length, total_tokens: 12 + words.length },
  };
}

function eventsOf(id: string, marker: string, words: string[]): Buffer[] {
  const event = (delta: unknown, finish: string | null): Buffer =>
    Buffer.from(
      `data: ${JSON.stringify({
        id,
        object: 'chat.completion.chunk',
        created: 1_790_000_000,
        model: 'gpt-4o-mini',
        choices: [{ index: 0, delta, finish_reason: finish }],
      })}\n\n`,
    );
  return [
    event({ role: 'assistant', content: marker }, null),
    ...words.map((word) => event({ content: ` ${word}` }, null)),
    event({}, 'stop'),
    Buffer.from('data: [DONE]\n\n'),
  ];
}
