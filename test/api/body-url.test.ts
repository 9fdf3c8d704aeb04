import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { readSignedBody, signedBodyPath } from '../../src/api/body-url.ts';
import { newId } from '../../src/model/id.ts';

const secret = randomBytes(32);
const body = { projectId: newId(), logId: newId(), expiresAt: 1_790_000_000 };
const nowMs = 1_789_999_999_000;
const query = Object.fromEntries(new URL(signedBodyPath(body, secret), 'http://a').searchParams);

it('is read back until it expires', () => {
  expect(readSignedBody(body.logId, query, { secret, nowMs })).toEqual(body);
  expect(readSignedBody(body.logId, query, { secret, nowMs: nowMs + 999 })).toEqual(body);
  expect(readSignedBody(body.logId, query, { secret, nowMs: nowMs + 1000 })).toBeUndefined();
});

it.each([
  { name: 'another log', logId: newId(), query },
  { name: 'another project', logId: body.logId, query: { ...query, project: newId() } },
  { name: 'a later expiry', logId: body.logId, query: { ...query, expires: '1790000001' } },
  { name: 'an expiry in another spelling', logId: body.logId, query: { ...query, expires: '01790000000' } },
  { name: 'no signature', logId: body.logId, query: { ...query, signature: undefined } },
  { name: 'a short signature', logId: body.logId, query: { ...query, signature: 'abc' } },
  { name: 'a changed signature', logId: body.logId, query: { ...query, signature: 'A'.repeat(43) } },
  { name: 'nothing', logId: body.logId, query: {} },
])('gives access to nothing for $name', ({ logId, query: given }) => {
  expect(readSignedBody(logId, given, { secret, nowMs })).toBeUndefined();
});

it('gives access to nothing when it was signed with another secret', () => {
  expect(readSignedBody(body.logId, query, { secret: randomBytes(32), nowMs })).toBeUndefined();
});
