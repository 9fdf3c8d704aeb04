import { expect, it } from 'vitest';
import { newId } from '../../src/model/id.ts';
import type { WebhookRule } from '../../src/model/webhook.ts';
import { prepareSelection } from '../../src/webhooks/select.ts';
import { newLog } from '../fixtures/new-log.ts';

const rule = (changes: Partial<WebhookRule>): WebhookRule => ({
  id: newId(),
  projectId: newLog().projectId,
  samplePercent: 100,
  propertyFilters: [],
  ...changes,
});

it.each([
  { name: 'has no filters', filters: {}, told: true },
  { name: 'filters for what the log has', filters: { environment: 'production' }, told: true },
  { name: 'writes the name in another case', filters: { Environment: 'production' }, told: true },
  { name: 'writes the value in another case', filters: { environment: 'Production' }, told: false },
  { name: 'filters for one thing more', filters: { environment: 'production', tier: 'gold' }, told: false },
  { name: 'filters for the session', filters: { 'Helicone-Session-Id': 's-1' }, told: true },
  { name: 'filters for another session', filters: { 'helicone-session-id': 's-2' }, told: false },
  { name: 'filters for __proto__', filters: JSON.parse('{"__proto__":"x"}') as object, told: false },
])('tells a webhook that $name: $told', ({ filters, told }) => {
  const propertyFilters = Object.entries(filters).map(([key, value]) => ({ key, value: value as string }));
  const one = rule({ propertyFilters });
  expect(prepareSelection([one])(newLog())).toEqual(told ? [one.id] : []);
});

it("tells no other project's webhooks", () => {
  expect(prepareSelection([rule({ projectId: newId() })])(newLog())).toEqual([]);
});

it('tells of the same logs whenever it is asked, about as many as the percentage says', () => {
  const [some, more, none] = [rule({ samplePercent: 10 }), rule({ samplePercent: 30 }), rule({ samplePercent: 0 })];
  const select = prepareSelection([some, more, none]);
  const logs = Array.from({ length: 3000 }, () => newLog());
  const told = logs.map((log) => select(log));
  expect(logs.map((log) => select(log))).toEqual(told);
  const count = (id: string): number => told.filter((ids) => ids.includes(id)).length;
  expect(count(some.id)).toBeGreaterThan(200);
  expect(count(some.id)).toBeLessThan(400);
  expect(count(more.id)).toBeGreaterThan(750);
  expect(count(more.id)).toBeLessThan(1050);
  expect(count(none.id)).toBe(0);
  expect(told.filter((ids) => ids.includes(some.id) && !ids.includes(more.id))).toEqual([]);
});
