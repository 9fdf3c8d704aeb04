/** What the rules strike out is in no log and no file, and what client and upstream say to each other is as it was. */
import { createServer, type Server } from 'node:http';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Gradeway, startGradeway } from '../../src/compose.ts';
import { loadConfig } from '../../src/config.ts';
import { newId } from '../../src/model/id.ts';

const SETTINGS = String.raw`redaction:
  readyMade: [email, card]
  patterns: ['ACME-\d+']
`;
const SECRETS = /ada@example\.com|ada%40example|4111|ACME-77/;

let folder: string;
let upstream: Server;
let gradeway: Gradeway;
/** What the upstream was sent. */
let sent: string[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'gradeway-redaction-'));
  writeFileSync(join(folder, 'gradeway.yaml'), SETTINGS);
  sent = [];
  upstream = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      sent.push(Buffer.concat(pieces).toString());
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      for (const content of ['Mailed ada@exa', 'mple.com', ' of ACME', '-77'])
        response.write(
          `data: ${JSON.stringify({ id: 'c-1', model: 'm', choices: [{ index: 0, delta: { content } }] })}\n\n`,
        );
      response.end(
        `data: ${JSON.stringify({ id: 'c-1', choices: [], usage: { prompt_tokens: 5, completion_tokens: 4 } })}\n\ndata: [DONE]\n\n`,
      );
    });
  }).listen(0, '127.0.0.1');
  await once(upstream, 'listening');
  const config = loadConfig({
    env: {
      GRADEWAY_PORT: '0',
      GRADEWAY_LOG_LEVEL: 'silent',
      GRADEWAY_UPSTREAM_OPENAI_URL: `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`,
    },
    cwd: folder,
  });
  gradeway = await startGradeway(config, { role: 'gateway' });
});
afterEach(async () => {
  await gradeway.close();
  upstream.closeAllConnections();
  upstream.close();
  rmSync(folder, { recursive: true });
});

it('strikes out of bodies, texts and properties before anything is written', async () => {
  const id = newId();
  const body = JSON.stringify({
    model: 'm',
    stream: true,
    messages: [{ role: 'user', content: 'I am ada@example.com, card 4111 1111 1111 1111' }],
  });
  const answer = await fetch(`${gradeway.url}/v1/chat/completions?for=ada%40example.com`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'helicone-request-id': id,
      'helicone-user-id': 'ada@example.com',
      'helicone-property-customer': 'ACME-77',
    },
    body,
  });
  expect(await answer.text()).toContain('ada@exa');
  expect(sent).toEqual([body]);
  await fetch(`${gradeway.url}/v1/request/${id}/property`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: 'later', value: 'for ACME-77' }),
  });
  const read = await fetch(`${gradeway.url}/api/v1/logs/${id}`);
  const text = await read.text();
  expect(text).not.toMatch(SECRETS);
  expect(JSON.parse(text)).toMatchObject({
    path: '/v1/chat/completions?for=%5Bemail%5D',
    userId: '[email]',
    properties: { customer: '[redacted]', later: 'for [redacted]' },
    input: [{ text: 'I am [email], card [card]' }],
    output: { text: 'Mailed [email] of [redacted]' },
    usage: { inputTokens: 5, outputTokens: 4 },
  });
  const data = join(folder, 'data');
  for (const name of readdirSync(data)) expect(readFileSync(join(data, name)).toString('latin1')).not.toMatch(SECRETS);
  const database = new Database(join(data, 'gradeway.db'), { readonly: true });
  const blocks = database.prepare('select bytes from blocks').pluck().all() as Buffer[];
  database.close();
  expect(blocks).toHaveLength(1);
  expect(zstdDecompressSync(blocks[0]!).toString()).not.toMatch(SECRETS);
});
