import { describe, expect, it } from 'vitest';
import { messageOf, type MessageOf } from '../../src/alerts/message.ts';
import { newPause } from '../fixtures/new-pause.ts';
import { sentenceOf } from '../../src/alerts/sentence.ts';
import type { Pause } from '../../src/model/pause.ts';
import { type AlertSpec, alertSpecSchema, type Found } from '../../src/model/alert.ts';

const spec = (changes: Record<string, unknown> = {}): AlertSpec =>
  alertSpecSchema.parse({
    name: 'tone-drop',
    watch: { kind: 'mean', score: 'tone' },
    when: { below: 0.8 },
    destination: 'https://hooks.example.com/a',
    ...changes,
  });

const finding = (changes: Partial<Found> = {}): Found => ({
  verdict: 'breached',
  fromMs: 1_790_000_000_000 - 3_600_000,
  toMs: 1_790_000_000_000,
  count: 214,
  value: 0.71234,
  interval: { low: 0.68, high: 0.74321, level: 0.99 },
  before: null,
  difference: null,
  ...changes,
});
const compared = finding({
  value: 0.76,
  before: { count: 300, value: 0.84 },
  difference: -0.08,
  interval: { low: -0.11, high: -0.05, level: 0.99 },
});

describe('the sentence of an alert', () => {
  it.each<{ name: string; spec: AlertSpec; finding?: Found; pauses?: Pause[]; is: string }>([
    {
      name: 'of a mean',
      spec: spec(),
      is: 'The mean of tone is 0.712 (99 % interval 0.68 to 0.743) over 214 scores in the last hour, below the threshold of 0.8.',
    },
    {
      name: 'of a mean that is back',
      spec: spec({ windowMinutes: 90 }),
      finding: finding({ verdict: 'within', value: 0.85, interval: null }),
      is: 'The mean of tone is 0.85 over 214 scores in the last 90 minutes, not below the threshold of 0.8.',
    },
    {
      name: 'of a failure rate',
      spec: spec({ watch: { kind: 'failures', evaluator: 'judge' }, when: { above: 0.05 }, windowMinutes: 2880 }),
      is: 'The failure rate of judge is 71.2 % (99 % interval 68 % to 74.3 %) over 214 evaluations in the last 2 days, above the threshold of 5 %.',
    },
    {
      name: 'of a category against the time before',
      spec: spec({ watch: { kind: 'share', score: 'tone', of: 'rude' }, when: { changes: 0.02 } }),
      finding: compared,
      is: 'The share of "rude" in tone fell by 8 percentage points (99 % interval -11 percentage points to -5 percentage points), from 84 % over 300 to 76 % over 214 scores, in the last hour against the hour before: beyond the margin of 2 percentage points.',
    },
    {
      name: 'of errors that are back',
      spec: spec({ watch: { kind: 'errors' }, when: { falls: 0.1 } }),
      finding: { ...compared, verdict: 'within' },
      is: 'The share of failed calls fell by 8 percentage points (99 % interval -11 percentage points to -5 percentage points), from 84 % over 300 to 76 % over 214 calls, in the last hour against the hour before: within the margin of 10 percentage points.',
    },
    {
      name: 'of a mean that may be below by chance',
      spec: spec(),
      finding: finding({ verdict: 'unclear' }),
      is: 'The mean of tone is 0.712 (99 % interval 0.68 to 0.743) over 214 scores in the last hour, below the threshold of 0.8, which may be chance.',
    },
    {
      name: 'of a value that is beyond all numbers',
      spec: spec({ when: { rises: 0 } }),
      finding: { ...compared, verdict: 'unclear', difference: null },
      is: 'Too little data for the mean of tone: 300 and 214 scores in the hour before and in the last hour, and 30 are asked for.',
    },
    {
      name: 'of a queue',
      spec: spec({ watch: { kind: 'queue_age', evaluator: 'judge' }, when: { above: 600 } }),
      finding: finding({ value: 9000, count: 1234, interval: null }),
      is: 'The oldest job of judge has been due for 2.5 hours, above the threshold of 10 minutes; 1234 wait.',
    },
    {
      name: 'of an empty queue',
      spec: spec({ watch: { kind: 'queue_age', evaluator: 'judge' }, when: { above: 60 } }),
      finding: finding({ verdict: 'within', value: 0, count: 0, interval: null }),
      is: 'The oldest job of judge has been due for 0 seconds, not above the threshold of 60 seconds; 0 wait.',
    },
    {
      name: 'of paused evaluators',
      spec: spec({ watch: { kind: 'paused', evaluator: null }, when: { above: 0 } }),
      finding: finding({ value: 4, count: 4, interval: null }),
      pauses: ['a', 'b', 'c', 'd'].map((evaluator) => newPause({ evaluator })),
      is: '4 evaluators are paused, above the threshold of 0: a (It failed.), b (It failed.), c (It failed.), and 1 more.',
    },
    {
      name: 'of one that is not paused any more',
      spec: spec({ watch: { kind: 'paused', evaluator: 'a' }, when: { above: 0 } }),
      finding: finding({ verdict: 'within', value: 0, count: 0, interval: null }),
      is: '0 evaluators are paused, not above the threshold of 0.',
    },
    {
      name: 'of a budget',
      spec: spec({ watch: { kind: 'budget', rule: 'paid', of: 'day' }, when: { above: 4 } }),
      finding: finding({ value: 4.98765, count: 12, interval: null }),
      is: 'Rule paid has spent USD 4.988 this day, above the threshold of USD 4; 12 wait for more.',
    },
    {
      name: 'of too little data',
      spec: spec(),
      finding: finding({ verdict: 'no_data', count: 3 }),
      is: 'Too little data for the mean of tone: 3 scores in the last hour, and 30 are asked for.',
    },
    {
      name: 'of too little data before',
      spec: spec({ when: { falls: 0 } }),
      finding: { ...compared, verdict: 'no_data', before: { count: 0, value: null }, difference: null },
      is: 'Too little data for the mean of tone: 0 and 214 scores in the hour before and in the last hour, and 30 are asked for.',
    },
  ])('$name', (one) => {
    expect(sentenceOf(one.spec, one.finding ?? finding(), one.pauses)).toBe(one.is);
  });
});

describe('the message of an alert', () => {
  interface Sent {
    data: { window: unknown; links: { alert: string; query: unknown } };
  }
  const message = (changes: Partial<MessageOf> = {}): Sent =>
    JSON.parse(
      messageOf({
        type: 'alert.firing',
        alert: { id: '01', spec: spec({ filter: { field: 'model', equals: 'm' } }) },
        finding: { ...finding(), sentence: 'It is 0.712.' },
        firingSinceMs: 7,
        isRepeat: false,
        atMs: 1_790_000_000_000,
        publicUrl: 'https://gateway.example.com',
        ...changes,
      }),
    ) as Sent;

  it('has the members that are documented, and no others', () => {
    expect(message()).toEqual({
      type: 'alert.firing',
      timestamp: '2026-09-21T14:13:20.000Z',
      text: 'Alert tone-drop is firing: It is 0.712.',
      data: {
        alert: { id: '01', name: 'tone-drop', description: null },
        watch: { kind: 'mean', score: 'tone' },
        when: { below: 0.8 },
        filter: { field: 'model', equals: 'm' },
        isRepeat: false,
        firingSinceMs: 7,
        window: { minutes: 60, fromMs: 1_789_996_400_000, toMs: 1_790_000_000_000 },
        count: 214,
        value: 0.71234,
        interval: { low: 0.68, high: 0.74321, level: 0.99 },
        before: null,
        difference: null,
        minCount: 30,
        sentence: 'It is 0.712.',
        links: {
          alert: 'https://gateway.example.com/api/v1/alerts/tone-drop',
          query: {
            method: 'POST',
            url: 'https://gateway.example.com/api/v1/statistics/scores',
            body: {
              filter: { field: 'model', equals: 'm' },
              fromMs: 1_789_996_400_000,
              toMs: 1_790_000_000_000,
              scores: ['tone'],
              level: 0.99,
            },
          },
        },
      },
    });
  });

  it('links to the comparison where two windows are compared, and to paths where the address is not known', () => {
    const { links } = message({
      type: 'alert.resolved',
      alert: { id: '01', spec: spec({ watch: { kind: 'errors' }, when: { rises: 0.01 } }) },
      finding: { ...compared, sentence: '' },
      publicUrl: undefined,
    }).data;
    expect(links.alert).toBe('/api/v1/alerts/tone-drop');
    expect(links.query).toEqual({
      method: 'POST',
      url: '/api/v1/statistics/compare',
      body: {
        before: { filter: null, fromMs: 1_789_992_800_000, toMs: 1_789_996_400_000 },
        after: { filter: null, fromMs: 1_789_996_400_000, toMs: 1_790_000_000_000 },
        measures: [{ log: 'error' }],
        level: 0.99,
      },
    });
  });

  it('of a fact has no window, and links to the evaluator', () => {
    const { window, links } = message({
      alert: { id: '01', spec: spec({ watch: { kind: 'queue_age', evaluator: 'judge' }, when: { above: 60 } }) },
    }).data;
    expect(window).toBeNull();
    expect(links.query).toEqual({
      method: 'GET',
      url: 'https://gateway.example.com/api/v1/evaluators/judge',
      body: null,
    });
  });
});
