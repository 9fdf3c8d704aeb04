/**
 * The fast lane against the ordinary one: the same bytes through both, from either side. What the upstream receives, what the
 * client receives and what is recorded must be the same, but for ids, dates and how a body is cut into chunks.
 */
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../fakes/random.ts';
import { sendRaw, type RawOptions } from '../fakes/raw-client.ts';
import { startRawUpstream, type RawUpstream } from '../fakes/raw-upstream.ts';
import { ANSWERS, mutate, REQUESTS } from './mutated.ts';
import { VECTORS } from './smuggling-vectors.ts';
import { startGateway, type TestGateway } from './start-gateway.ts';
import { bytesOf } from '../../src/model/exchange.ts';

const AT_ONCE = 12;
const MUTATIONS = 400;
const CLEAN = 'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nX-A: b\r\nContent-Length: 5\r\n\r\nclean';

interface Lane {
  upstream: RawUpstream;
  gateway: TestGateway;
}

interface Sent {
  name: string;
  /** `MARK` in it is replaced, so that what belongs to it can be found. */
  pieces: Buffer[];
  /** What the upstream answers; a clean answer otherwise. */
  answer?: Buffer[];
  options?: RawOptions;
}

const lanes: Lane[] = [];
const answers = new Map<string, Buffer[]>();
let marks = 0;

async function answerTo(socket: Socket, head: string): Promise<void> {
  const pieces = answers.get(/mark-\d+-/.exec(head)?.[0] ?? '');
  for (const piece of pieces ?? [Buffer.from(CLEAN)]) {
    if (socket.destroyed) return;
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  // An answer that has become one without end is ended.
  if (pieces !== undefined) setTimeout(() => socket.end(), 60);
}

beforeAll(async () => {
  for (const fastLane of [false, true]) {
    const upstream = await startRawUpstream({ request: (socket, { head }) => void answerTo(socket, head) });
    const timeouts = { clientHeadersMs: 15_000, headersMs: 10_000, bodyMs: 10_000 };
    lanes.push({ upstream, gateway: await startGateway(upstream.url, { fastLane, timeouts }) });
  }
});

afterAll(async () => {
  for (const { upstream, gateway } of lanes) {
    await gateway.close();
    await upstream.close();
  }
});

function plain(text: string, mark: string, port: number): string {
  return text
    .replaceAll(mark, '')
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/Date: [^\r]*GMT/g, 'Date: D')
    .replaceAll(`127.0.0.1:${port}`, 'UPSTREAM');
}

/** The last answer's chunks put together, since how reads cut a body is chance. */
function withoutChunks(received: string): string {
  const head = received.lastIndexOf('Transfer-Encoding: chunked\r\n\r\n');
  if (head === -1) return received;
  let at = head + 'Transfer-Encoding: chunked\r\n\r\n'.length;
  let text = received.slice(0, at);
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(received.slice(at, at + 12));
    if (size === null) return `${text}<cut>${received.slice(at)}`;
    const length = Number.parseInt(size[1]!, 16);
    at += size[0].length;
    if (length === 0) return `${text}<end>${received.slice(at)}`;
    text += received.slice(at, at + length);
    at += length + 2;
  }
}

/** What one lane made of it. */
async function through({ upstream, gateway }: Lane, sent: Sent, timeoutMs: number): Promise<object> {
  marks += 1;
  const mark = `mark-${String(marks).padStart(6, '0')}-`;
  if (sent.answer !== undefined) answers.set(mark, sent.answer);
  const pieces = sent.pieces.map((piece) => Buffer.from(piece.toString('latin1').replaceAll('MARK', mark), 'latin1'));
  const { received, closing } = await sendRaw(gateway.port, pieces, { timeoutMs, ...sent.options });
  await new Promise((resolve) => setTimeout(resolve, 30));
  const own = gateway.exchanges
    .filter(({ path }) => path.includes(mark))
    .toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return {
    received: withoutChunks(plain(received.toString('latin1'), mark, upstream.port)),
    closed: closing !== 'open',
    upstream: upstream.requests
      .filter(({ head }) => head.includes(mark))
      .map(({ head, body }) => [plain(head, mark, upstream.port), plain(body.toString('latin1'), mark, upstream.port)])
      // Pipelined requests are under way at once in the ordinary lane, and overtake one another.
      .toSorted((a, b) => (a.join('') < b.join('') ? -1 : 1)),
    recorded: own.map(({ ending, status, errorCode, request, response, requestHeaders, responseHeaders }) => ({
      ending,
      status,
      errorCode,
      requestHeaders,
      responseHeaders,
      request: Buffer.from(bytesOf(request)).toString('latin1').replaceAll(mark, ''),
      response: Buffer.from(bytesOf(response)).toString('latin1'),
    })),
  };
}

/** Where the lanes differ. What differs is tried again, alone and with more time: a busy machine is no difference. */
async function differences(all: readonly Sent[]): Promise<object[]> {
  const both = (sent: Sent, timeoutMs: number): Promise<object[]> =>
    Promise.all(lanes.map((lane) => through(lane, sent, timeoutMs)));
  const doubtful: Sent[] = [];
  const left = [...all];
  const work = async (): Promise<void> => {
    for (let sent = left.pop(); sent !== undefined; sent = left.pop()) {
      const [ordinary, fast] = await both(sent, 300);
      if (JSON.stringify(ordinary) !== JSON.stringify(fast)) doubtful.push(sent);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const found: object[] = [];
  for (const sent of doubtful) {
    let same = false;
    let last: object[] = [];
    for (let attempt = 0; attempt < 2 && !same; attempt += 1) {
      last = await both(sent, 1000);
      same = JSON.stringify(last[0]) === JSON.stringify(last[1]);
    }
    if (!same) found.push({ name: sent.name, ordinary: last[0], fast: last[1] });
  }
  return found;
}

const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const POST =
  'POST /v1/MARKchat HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nHelicone-Property-A: b\r\nContent-Length: 13\r\n\r\n{"model":"m"}';
const GET = 'GET /v1/MARKmodels?a=b HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer sk-1\r\n\r\n';

describe('both lanes do the same', () => {
  it('with requests that may be read in two ways', { timeout: 60_000 }, async () => {
    const sent = VECTORS.flatMap(({ name, bytes }) => {
      const marked = bytes.replaceAll('MARKED', 'MARK');
      return [
        { name, pieces: [latin1(marked)] },
        { name: `${name}, behind another`, pieces: [latin1(GET + marked)] },
      ];
    });
    expect(sent.length).toBeGreaterThan(280);
    expect(await differences(sent)).toEqual([]);
  });

  it('with requests that are broken at random', { timeout: 60_000 }, async () => {
    const sent = Array.from({ length: MUTATIONS }, (_, round) => {
      const random = seededRandom(90_000 + round);
      const request = random.pick(REQUESTS).replace('/v1/', '/v1/MARK');
      return { name: `seed ${90_000 + round}`, pieces: [mutate(request, random)] };
    });
    expect(await differences(sent)).toEqual([]);
  });

  it('with answers that are broken at random', { timeout: 60_000 }, async () => {
    const sent = Array.from({ length: MUTATIONS }, (_, round) => {
      const random = seededRandom(70_000 + round);
      const answer = mutate(random.pick(ANSWERS), random);
      const middle = random.between(0, answer.length);
      return {
        name: `seed ${70_000 + round}: ${answer.toString('latin1')}`,
        pieces: [latin1(GET)],
        answer: [answer.subarray(0, middle), answer.subarray(middle)],
      };
    });
    expect(await differences(sent)).toEqual([]);
  });

  it.each([
    { name: 'a request with a body', text: POST },
    { name: 'a request without one', text: GET },
    { name: 'two requests', text: POST + GET },
  ])('wherever it is split: $name', { timeout: 60_000 }, async ({ text }) => {
    const until = (received: Buffer): boolean =>
      received.toString('latin1').split('clean').length > text.split('HTTP/1.1').length - 1;
    const sent = Array.from({ length: text.length - 1 }, (_, index) => ({
      name: `at ${index + 1}`,
      pieces: [latin1(text.slice(0, index + 1)), latin1(text.slice(index + 1))],
      options: { pauseMs: 3, until },
    }));
    expect(await differences(sent)).toEqual([]);
  });

  it.each(ANSWERS)('wherever an answer is split: %j', { timeout: 60_000 }, async (answer) => {
    const sent = Array.from({ length: answer.length - 1 }, (_, index) => ({
      name: `at ${index + 1}`,
      pieces: [latin1(POST)],
      answer: [latin1(answer.slice(0, index + 1)), latin1(answer.slice(index + 1))],
    }));
    expect(await differences(sent)).toEqual([]);
  });

  it('with what is refused, and with our own words', async () => {
    const sent = [
      { name: 'no upstream', text: 'GET /nobody/MARK HTTP/1.1\r\nHost: x\r\n\r\n' },
      {
        name: 'no upstream, with a body',
        text: 'POST /nobody/MARK HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
      },
      { name: 'a body too large', text: 'POST /v1/MARK HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999\r\n\r\n' },
      { name: 'a directive that is not served', text: GET.replace('Host', 'Helicone-Cache-Enabled: true\r\nHost') },
      { name: 'a target that is off', text: GET.replace('Host', 'Helicone-Target-URL: http://a.b\r\nHost') },
      { name: 'an id of the client', text: GET.replace('Host', 'Helicone-Request-Id: x\r\nHost') },
      { name: 'a name without a URL', text: 'GET /azure/MARK HTTP/1.1\r\nHost: x\r\n\r\n' },
      { name: 'a connection that closes', text: GET.replace('Host', 'Connection: close\r\nHost') },
      { name: 'an empty value', text: GET.replace('Host', 'X-Empty:\r\nX-Blank:  \t \r\nHost') },
      { name: 'latin1', text: GET.replace('Host', 'X-L: Gr\xfcn\r\nHelicone-User-Id: J\xc3\xbcrg\r\nHost') },
      { name: 'a body of nothing', text: 'POST /v1/MARK HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n' },
      { name: 'DELETE', text: 'DELETE /v1/MARK HTTP/1.1\r\nHost: x\r\n\r\n' },
    ].map(({ name, text }) => ({ name, pieces: [latin1(text)] }));
    expect(await differences(sent)).toEqual([]);
  });
});
