/** Ordinary messages, and what becomes of them when bytes break at random; the same for the same seed. */
import type { Random } from '../fakes/random.ts';

export const ANSWERS = [
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-Request-Id: req_1\r\nContent-Length: 15\r\n\r\n{"id":"abcdefg"}',
  'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nTrailer: X-T\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\nX-T: 1\r\n\r\n',
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n10\r\ndata: {"a":"b"}\n\n\r\ne\r\ndata: [DONE]\n\n\r\n0\r\n\r\n',
  'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Disposition: inline\r\nConnection: keep-alive, X-A\r\nX-A: b\r\n\r\n',
];
export const REQUESTS = [
  'POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nHelicone-Property-A: b\r\nContent-Length: 13\r\n\r\n{"model":"m"}',
  'POST /v1/files HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\nX-T: 1\r\n\r\n',
  'GET /v1/models?a=b HTTP/1.1\r\nHost: x\r\nConnection: keep-alive, X-A\r\nX-A: b\r\nHelicone-Auth: Bearer k\r\n\r\n',
];
const PIECES = [
  '\r\n',
  '\n',
  '\r',
  ' ',
  '\t',
  ':',
  '\0',
  '\x01',
  '\x7f',
  '\xff',
  ';',
  ',',
  '0',
  'f',
  '-',
  '\r\n\r\n',
  'HTTP/1.1 100 Continue\r\n\r\n',
];

/** One to three bytes replaced, removed, put in, or a stretch moved. */
export function mutate(text: string, random: Random): Buffer {
  let bytes = text;
  for (let count = random.between(1, 3); count > 0; count -= 1) {
    const at = random.between(0, bytes.length - 1);
    const piece = random.pick(PIECES);
    const kind = random.between(0, 3);
    if (kind === 0) bytes = bytes.slice(0, at) + piece + bytes.slice(at + 1);
    else if (kind === 1) bytes = bytes.slice(0, at) + bytes.slice(at + random.between(1, 4));
    else if (kind === 2) bytes = bytes.slice(0, at) + piece + bytes.slice(at);
    else bytes = bytes.slice(0, at) + bytes.slice(random.between(0, bytes.length - 1));
  }
  return Buffer.from(bytes, 'latin1');
}
