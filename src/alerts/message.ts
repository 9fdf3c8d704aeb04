/**
 * What the receiver of an alert is sent, in the form of Standard Webhooks: { type, timestamp, data }. `type` is a promise, and so
 * are the members of `data`: some may be added, none is renamed. `text` says the same in words, for receivers that show messages.
 */
import { type Alert, type AlertEvent, type Finding, isFact } from '../model/alert.ts';
import { measureOf } from './question.ts';

export const MESSAGE_TYPES = ['alert.firing', 'alert.resolved', 'alert.test'] as const;
export type MessageType = (typeof MESSAGE_TYPES)[number];

const MINUTE_MS = 60_000;

type Told = Pick<Alert, 'id' | 'spec'>;

export interface MessageOf {
  type: MessageType;
  alert: Told;
  finding: Finding;
  /** Since when it fires, or fired until now. */
  firingSinceMs: number;
  isRepeat: boolean;
  atMs: number;
  /** Where this gateway can be reached; undefined where that is not known. */
  publicUrl: string | undefined;
}

export function messageOf({ type, alert, finding, firingSinceMs, isRepeat, atMs, publicUrl }: MessageOf): string {
  const { id, spec } = alert;
  const { count, value, interval, before, difference, fromMs, toMs, sentence } = finding;
  const said = type === 'alert.firing' ? 'firing' : type === 'alert.resolved' ? 'resolved' : 'only a test';
  return JSON.stringify({
    type,
    timestamp: new Date(atMs).toISOString(),
    text: `Alert ${spec.name} is ${said}: ${sentence}`,
    data: {
      alert: { id, name: spec.name, description: spec.description },
      watch: spec.watch,
      when: spec.when,
      filter: spec.filter,
      isRepeat,
      firingSinceMs,
      window: isFact(spec.watch) ? null : { minutes: spec.windowMinutes, fromMs, toMs },
      count,
      value,
      interval,
      before,
      difference,
      minCount: spec.minCount,
      sentence,
      links: linksOf(spec, finding, publicUrl ?? ''),
    },
  });
}

/** The type under which an event is told. */
export function typeOf({ state }: Pick<AlertEvent, 'state'>): MessageType {
  return state === 'firing' ? 'alert.firing' : 'alert.resolved';
}

/** The alert, and the question whose answer holds its numbers. Paths alone where nobody knows under which address this gateway is reached. */
function linksOf(spec: Told['spec'], finding: Finding, base: string): unknown {
  const { method, path, body } = queryOf(spec, finding);
  return {
    alert: `${base}/api/v1/alerts/${encodeURIComponent(spec.name)}`,
    query: { method, url: `${base}/api/v1/${path}`, body },
  };
}

function queryOf(
  { watch, filter, level, windowMinutes }: Told['spec'],
  { before, fromMs, toMs }: Finding,
): { method: 'GET' | 'POST'; path: string; body: unknown } {
  if (watch.kind === 'queue_age')
    return { method: 'GET', path: `evaluators/${encodeURIComponent(watch.evaluator)}`, body: null };
  if (watch.kind === 'paused')
    return {
      method: 'GET',
      path: ['evaluators', ...(watch.evaluator === null ? [] : [encodeURIComponent(watch.evaluator)])].join('/'),
      body: null,
    };
  if (watch.kind === 'budget')
    return { method: 'GET', path: `rules/${encodeURIComponent(watch.rule)}/spending`, body: null };
  const measure = measureOf(watch);
  const asked = 'outcomes' in measure ? { score: measure.outcomes } : measure;
  const slice = { filter, fromMs, toMs };
  const post = (path: string, body: object) => ({ method: 'POST', path: `statistics/${path}`, body }) as const;
  if (before !== null) {
    const earlier = { filter, fromMs: fromMs - windowMinutes * MINUTE_MS, toMs: fromMs };
    return post('compare', { before: earlier, after: slice, measures: [asked], level });
  }
  if ('log' in asked) return post('logs', { ...slice, level });
  return post('scores', { ...slice, scores: [asked.score], level });
}
