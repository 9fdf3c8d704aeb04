/** Times in the viewer's zone. */
import { durationText } from './number.ts';

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false,
});
const day = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short' });
const dayOfYear = new Intl.DateTimeFormat(undefined, { day: '2-digit', month: 'short', year: 'numeric' });
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'long' });

export const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone;

/** 14:03:22 today, 02 Mar 14:03:22 this year, with the year before that. */
export function timeText(ms: number, nowMs = Date.now()): string {
  const then = new Date(ms);
  const now = new Date(nowMs);
  if (then.toDateString() === now.toDateString()) return clock.format(then);
  return `${then.getFullYear() === now.getFullYear() ? day.format(then) : dayOfYear.format(then)} ${clock.format(then)}`;
}

/** With zone and weekday: what a hint shows. */
export function wholeTimeText(ms: number): string {
  return whole.format(new Date(ms));
}

/** 5 s ago. */
export function agoText(ms: number, nowMs = Date.now()): string {
  const past = Math.max(0, nowMs - ms);
  return past < 1000 ? 'now' : `${durationText(coarse(past))} ago`;
}

function coarse(ms: number): number {
  const unit = ms < 60_000 ? 1000 : ms < 3_600_000 ? 60_000 : ms < 48 * 3_600_000 ? 3_600_000 : 86_400_000;
  return Math.floor(ms / unit) * unit;
}
