/**
 * Request smuggling over raw sockets (row C4): whatever a client sends, the upstream sees no request or one that is well
 * formed, and never bytes that it could take for another. Each vector runs alone and behind an ordinary request on a
 * connection that stays open.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sendRaw } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawUpstream } from '../fakes/raw-upstream.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';

const LINE = 'POST /v1/MARKED/chat/completions HTTP/1.1\r\n';
const HOST = 'Host: gateway\r\n';
const SMUGGLED = 'GET /v1/MARKED/smuggled HTTP/1.1\r\nHost: gateway\r\n\r\n';
const CHUNKED_END = '0\r\n\r\n';

/** How many requests the upstream may see: none, exactly one, or either. */
type Allowed = 0 | 1 | 'either';

const post = (headers: string, body: string): string => `${LINE}${HOST}${headers}\r\n${body}`;
const both = (te: string): string => post(`Content-Length: ${CHUNKED_END.length}\r\n${te}`, CHUNKED_END + SMUGGLED);

const TE_SPELLINGS = [
  'Transfer-Encoding: chunked',
  'transfer-encoding: chunked',
  'TRANSFER-ENCODING: CHUNKED',
  'Transfer-Encoding:chunked',
  'Transfer-Encoding:\tchunked',
  'Transfer-Encoding:  chunked',
  'Transfer-Encoding: chunked ',
  'Transfer-Encoding: chunked\t',
  'Transfer-Encoding: chunked, identity',
  'Transfer-Encoding: identity, chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding: gzip, chunked',
  'Transfer-Encoding: gzip',
  'Transfer-Encoding: xchunked',
  'Transfer-Encoding: chunkedx',
  'Transfer-Encoding: "chunked"',
  "Transfer-Encoding: 'chunked'",
  'Transfer-Encoding: chunked;q=1',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
  'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked, chunked',
  'Transfer-Encoding: ,chunked',
  'Transfer-Encoding: chunked,',
  'Transfer-Encoding:',
  'Transfer-Encoding: \r\n chunked',
  'Transfer-Encoding\r\n : chunked',
  'X: y\r\n Transfer-Encoding: chunked',
  'Transfer-Encoding : chunked',
  'Transfer-Encoding\t: chunked',
  ' Transfer-Encoding: chunked',
  'Transfer_Encoding: chunked',
  'Transfer-Encoding: \x0bchunked',
  'Transfer-Encoding: \x00chunked',
  'Transfer-Encoding\x00: chunked',
  'Transfer-Encoding: chunked\x00',
  'Transfer-Encoding: chun\rked',
  'X: y\rTransfer-Encoding: chunked',
  'X: y\nTransfer-Encoding: chunked',
  'Transfer-Encoding: chunked\r\nConnection: Transfer-Encoding',
];

const LENGTHS = [
  '+5',
  '-5',
  '-0',
  ' 5',
  '5 ',
  '0x5',
  '5,5',
  '5, 6',
  '5;a',
  '5.0',
  '5e0',
  '05',
  '00000000000000000005',
  '',
  'five',
  '18446744073709551616',
  '99999999999999999999999999',
  '9007199254740993',
  '5\x00',
  '5\x0b',
  '\x0b5',
  '５',
];

const CHUNKS: [name: string, body: string, allowed: Allowed][] = [
  ['an ordinary body', `3\r\nabc\r\n${CHUNKED_END}`, 1],
  ['an extension', `3;a=b\r\nabc\r\n${CHUNKED_END}`, 1],
  ['a quoted extension', `3;a="b;c"\r\nabc\r\n${CHUNKED_END}`, 'either'],
  ['an extension with a bare LF', `3;a\nabc\r\n${CHUNKED_END}`, 0],
  ['an extension with a bare CR', `3;a\rb\r\nabc\r\n${CHUNKED_END}`, 0],
  ['an extension of 20 kB', `3;${'a'.repeat(20_000)}\r\nabc\r\n${CHUNKED_END}`, 0],
  ['a blank after the size', `3 \r\nabc\r\n${CHUNKED_END}`, 'either'],
  ['a blank before the size', ` 3\r\nabc\r\n${CHUNKED_END}`, 0],
  ['upper-case hexadecimal', `A\r\nabcdefghij\r\n${CHUNKED_END}`, 1],
  ['leading zeros', `0003\r\nabc\r\n${CHUNKED_END}`, 1],
  ['0x', `0x3\r\nabc\r\n${CHUNKED_END}`, 0],
  ['a sign', `+3\r\nabc\r\n${CHUNKED_END}`, 0],
  ['a negative size', `-3\r\nabc\r\n${CHUNKED_END}`, 0],
  ['an underscore', `1_0\r\nabcdefghij123456\r\n${CHUNKED_END}`, 0],
  ['no size', `\r\nabc\r\n${CHUNKED_END}`, 0],
  ['a size beyond 64 bits', `10000000000000003\r\nabc\r\n${CHUNKED_END}`, 0],
  ['a size of 2^64 - 1', `ffffffffffffffff\r\nabc\r\n${CHUNKED_END}`, 0],
  ['bare LF for all line ends', '3\nabc\n0\n\n', 0],
  ['a bare LF after the size', `3\nabc\r\n${CHUNKED_END}`, 0],
  ['a bare LF after the data', `3\r\nabc\n${CHUNKED_END}`, 0],
  ['a bare CR after the size', `3\rabc\r\n${CHUNKED_END}`, 0],
  ['data longer than its size', `3\r\nabcdef\r\n${CHUNKED_END}`, 0],
  ['data shorter than its size', `8\r\nabc\r\n${CHUNKED_END}`, 0],
  ['no CRLF after the data', `3\r\nabc${CHUNKED_END}`, 0],
  ['a bare LF at the end', '3\r\nabc\r\n0\r\n\n', 'either'],
  ['LF LF at the end', '3\r\nabc\r\n0\n\n', 0],
  ['a trailer', '3\r\nabc\r\n0\r\nX-T: 1\r\n\r\n', 1],
  ['a trailer that is a length', '3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n', 'either'],
  ['a trailer that is a coding', '3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n', 'either'],
  ['a trailer that is a host', '3\r\nabc\r\n0\r\nHost: evil\r\n\r\n', 1],
  ['a trailer without a colon', '3\r\nabc\r\n0\r\nbroken\r\n\r\n', 0],
  ['a size of 00', '3\r\nabc\r\n00\r\n\r\n', 'either'],
  ['a NUL in the size', `3\0\r\nabc\r\n${CHUNKED_END}`, 0],
];

const LINES: [name: string, bytes: string, allowed: Allowed][] = [
  ['an ordinary request', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 1],
  ['a tab in the line', `GET\t/v1/MARKED/x\tHTTP/1.1\r\n${HOST}\r\n`, 0],
  ['two blanks in the line', `GET  /v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 'either'],
  ['a blank before the line', ` GET /v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['a blank after the line', `GET /v1/MARKED/x HTTP/1.1 \r\n${HOST}\r\n`, 'either'],
  ['a blank in the path', `GET /v1/MARKED/x y HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['CRLF before the line', `\r\n\r\nGET /v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 1],
  ['a bare LF after the line', `GET /v1/MARKED/x HTTP/1.1\n${HOST}\r\n`, 0],
  ['bare LF everywhere', 'GET /v1/MARKED/x HTTP/1.1\nHost: gateway\n\n', 0],
  ['a bare CR after the line', `GET /v1/MARKED/x HTTP/1.1\r${HOST}\r\n`, 0],
  ['HTTP/0.9', 'GET /v1/MARKED/x\r\n\r\n', 0],
  ['HTTP/1.2', `GET /v1/MARKED/x HTTP/1.2\r\n${HOST}\r\n`, 0],
  ['HTTP/2.0', `GET /v1/MARKED/x HTTP/2.0\r\n${HOST}\r\n`, 0],
  ['http/1.1', `GET /v1/MARKED/x http/1.1\r\n${HOST}\r\n`, 0],
  ['HTTP/1.10', `GET /v1/MARKED/x HTTP/1.10\r\n${HOST}\r\n`, 0],
  ['an HTTP/2 preface', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 0],
  ['a method in lower case', `get /v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['an unknown method', `SMUGGLE /v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['no Host', 'GET /v1/MARKED/x HTTP/1.1\r\n\r\n', 0],
  ['two Hosts', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}Host: evil\r\n\r\n`, 0],
  ['two Hosts in different case', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}HOST: gateway\r\n\r\n`, 0],
  ['a blank before the colon of Host', 'GET /v1/MARKED/x HTTP/1.1\r\nHost : gateway\r\n\r\n', 0],
  ['a folded header', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X-A: b\r\n c\r\n\r\n`, 0],
  ['a folded first header', `GET /v1/MARKED/x HTTP/1.1\r\n X-A: b\r\n${HOST}\r\n`, 0],
  ['a header without a colon', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}Broken\r\n\r\n`, 0],
  ['a header without a name', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}: b\r\n\r\n`, 0],
  ['a NUL in a value', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X-A: a\0b\r\n\r\n`, 0],
  ['a NUL in a name', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X\0A: b\r\n\r\n`, 0],
  ['a bare CR in a value', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X-A: a\rb\r\n\r\n`, 0],
  ['a control character in a value', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X-A: a\x01b\r\n\r\n`, 0],
  ['DEL in a value', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X-A: a\x7fb\r\n\r\n`, 0],
  ['a blank in a name', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}X A: b\r\n\r\n`, 0],
  [
    'a request in a GET body by length',
    `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    1,
  ],
  ['a request in a POST body by length', post(`Content-Length: ${SMUGGLED.length}\r\n`, SMUGGLED), 1],
  [
    'a request in a chunk',
    post('Transfer-Encoding: chunked\r\n', `${SMUGGLED.length.toString(16)}\r\n${SMUGGLED}\r\n${CHUNKED_END}`),
    1,
  ],
  ['absolute form', `GET http://evil/v1/MARKED/x HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['absolute form of another scheme', `GET file:///etc/passwd HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['authority form', `GET evil:80 HTTP/1.1\r\n${HOST}\r\n`, 0],
  ['CRLF encoded in the path', `GET /v1/MARKED/x%0d%0aX:%20y HTTP/1.1\r\n${HOST}\r\n`, 1],
  ['CONNECT', 'CONNECT evil:80 HTTP/1.1\r\nHost: evil:80\r\n\r\n', 0],
  [
    'an upgrade to WebSocket',
    `GET /v1/MARKED/realtime HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n`,
    0,
  ],
  [
    'an upgrade to h2c',
    `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\nConnection: Upgrade, HTTP2-Settings\r\n\r\n`,
    1,
  ],
  ['chunks in HTTP/1.0', `POST /v1/MARKED/x HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n${CHUNKED_END}`, 0],
  ['a length named in Connection', post('Connection: Content-Length\r\nContent-Length: 3\r\n', 'abc'), 1],
  ['Host named in Connection', `GET /v1/MARKED/x HTTP/1.1\r\n${HOST}Connection: Host\r\n\r\n`, 1],
];

const VECTORS: { name: string; bytes: string; allowed: Allowed }[] = [
  ...TE_SPELLINGS.map((te) => ({
    name: `CL.TE ${JSON.stringify(te)}`,
    bytes: both(`${te}\r\n`),
    allowed: framings(te),
  })),
  ...LENGTHS.map((length) => ({
    name: `Content-Length ${JSON.stringify(length)}`,
    bytes: post(`Content-Length: ${length}\r\n`, `abcde${SMUGGLED}`),
    allowed: 'either' as Allowed,
  })),
  ...[
    ['5', '5'],
    ['5', '6'],
    ['0', '5'],
    ['5', ''],
  ].map(([first, second]) => ({
    name: `two lengths, ${first} and ${second}`,
    bytes: post(`Content-Length: ${first}\r\nContent-Length: ${second}\r\n`, `abcde${SMUGGLED}`),
    allowed: 0 as Allowed,
  })),
  ...CHUNKS.map(([name, body, allowed]) => ({
    name: `chunks with ${name}`,
    bytes: post('Transfer-Encoding: chunked\r\n', body),
    allowed,
  })),
  ...LINES.map(([name, bytes, allowed]) => ({ name, bytes, allowed })),
];

/** Both framings at once are refused (RFC 9112, 6.3); what is no Transfer-Encoding at all leaves an ordinary length. */
function framings(te: string): Allowed {
  return te.startsWith('Transfer_Encoding') ? 'either' : 0;
}

let upstream: RawUpstream;
let gateway: TestGateway;

beforeAll(async () => {
  upstream = await startRawUpstream({
    request: (socket, request) => {
      const body = Buffer.from(`seen:${request.head.split(' ')[1]}`);
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body.toString()}`);
    },
  });
  gateway = await startGateway(upstream.url, { timeouts: { headersMs: 2000 } });
});

afterAll(async () => {
  await gateway.close();
  await upstream.close();
});

const ORDINARY = `GET /v1/MARKED/first HTTP/1.1\r\n${HOST}\r\n`;

describe('a smuggling vector', () => {
  it('is one of at least 120', () => {
    expect(2 * VECTORS.length).toBeGreaterThanOrEqual(240);
    expect(new Set(VECTORS.map((vector) => vector.name)).size).toBe(VECTORS.length);
  });

  describe.each([
    { place: 'alone', before: '', first: 0 },
    { place: 'behind another request', before: ORDINARY, first: 1 },
  ])('$place', ({ before, first }) => {
    it.concurrent.each(VECTORS)(
      'reaches the upstream as nothing or as one request: $name',
      async ({ bytes, allowed }) => {
        // An own path per vector tells its requests apart from those of the others.
        const mark = `${first}-${String(VECTORS.findIndex((vector) => vector.bytes === bytes)).padStart(4, '0')}`;
        const marked = (text: string): string => text.replaceAll('MARKED', mark);
        const { received } = await sendRaw(
          gateway.port,
          [marked(before), marked(bytes)].filter((part) => part !== ''),
          {
            timeoutMs: 250,
            ready: (answered) => answered.includes('/first'),
          },
        );
        const seen = upstream.requests.filter((request) => request.head.includes(`/v1/${mark}/`));
        const own = seen.filter((request) => !request.head.includes('/smuggled') && !request.head.includes('/first'));
        const smuggled = seen.filter((request) => request.head.includes('/smuggled'));
        expect(seen.length - own.length - smuggled.length).toBe(first);
        expect(allowed === 'either' ? [0, 1] : [allowed]).toContain(own.length);
        // What follows a complete request may be one of its own, answered as such; it is never part of another's bytes.
        expect(smuggled.length).toBeLessThanOrEqual(allowed === 0 ? 0 : 1);
        const answers = received.toString('latin1').match(/HTTP\/1\.1 \d{3}/g) ?? [];
        expect(answers.length).toBeGreaterThanOrEqual(seen.length);
        for (const request of own) {
          const framings = request.headers.filter(([name]) => /^(content-length|transfer-encoding)$/i.test(name));
          expect(framings.length).toBeLessThanOrEqual(1);
          expect(request.headers.filter(([name]) => /^host$/i.test(name))).toHaveLength(1);
        }
      },
    );
  });

  it('leaves no bytes at the upstream that are not a request', () => {
    expect(upstream.malformed).toEqual([]);
  });
});
