/**
 * Where an alert stands after a check. What a finding asks for, by the state that the alert is in:
 *
 *                breached    unclear                           within    no_data
 *     ok         firing      ok                                ok        no_data
 *     firing     firing      firing                            ok        no_data
 *     no_data    firing      firing where it is open, else ok  ok        no_data
 *
 * A turn to firing waits for `fireAfterMinutes`, any other away from an alert that is open for `resolveAfterMinutes`, in which every
 * check must ask for it. An alert is open from when it fires until it is resolved: one that fires, sees no data and fires again
 * is told once. Told is the turn to firing of an alert that is not open, and the turn to ok of one that is.
 */
import type { AlertSpec, AlertState, Finding, Standing } from '../model/alert.ts';

export interface Step {
  standing: Standing;
  /** What has happened; undefined where nothing has. */
  event: { state: AlertState; isRepeat: boolean; isTold: boolean } | undefined;
}

type Delays = Pick<AlertSpec, 'fireAfterMinutes' | 'resolveAfterMinutes' | 'repeatAfterMinutes'>;

const MINUTE_MS = 60_000;

export function stepOf(before: Standing, finding: Finding, delays: Delays, nowMs: number): Step {
  const checked = { ...before, finding, checkedAtMs: nowMs, problem: null };
  const to = askedFor(before, finding);
  if (to === before.state) return repeated({ ...checked, turning: null }, delays, nowMs);
  const turning = before.turning?.to === to ? before.turning : { to, sinceMs: nowMs };
  if (nowMs - turning.sinceMs < delayOf(before, to, delays)) return repeated({ ...checked, turning }, delays, nowMs);
  return turned(checked, to, nowMs);
}

/** A check that came to nothing changes nothing but this. */
export function failedStep(before: Standing, problem: string, nowMs: number): Step {
  return { standing: { ...before, problem, checkedAtMs: nowMs }, event: undefined };
}

function askedFor({ state, openSinceMs }: Standing, { verdict }: Finding): AlertState {
  if (verdict === 'breached') return 'firing';
  if (verdict === 'within') return 'ok';
  if (verdict === 'no_data') return 'no_data';
  return state === 'firing' || (state === 'no_data' && openSinceMs !== null) ? 'firing' : 'ok';
}

function delayOf({ openSinceMs, finding }: Standing, to: AlertState, delays: Delays): number {
  if (to === 'firing') return openSinceMs === null ? delays.fireAfterMinutes * MINUTE_MS : 0;
  if (openSinceMs !== null) return delays.resolveAfterMinutes * MINUTE_MS;
  // Of one that was never checked nothing is known that could be waited for.
  return to === 'no_data' && finding !== null ? delays.resolveAfterMinutes * MINUTE_MS : 0;
}

function turned(before: Standing, to: AlertState, nowMs: number): Step {
  const standing = { ...before, state: to, sinceMs: nowMs, turning: null };
  const isOpen = before.openSinceMs !== null;
  if (to === 'firing' && !isOpen)
    return {
      standing: { ...standing, openSinceMs: nowMs, toldAtMs: nowMs },
      event: { state: to, isRepeat: false, isTold: true },
    };
  if (to === 'ok' && isOpen)
    return {
      standing: { ...standing, openSinceMs: null, toldAtMs: null },
      event: { state: to, isRepeat: false, isTold: true },
    };
  return { standing, event: { state: to, isRepeat: false, isTold: false } };
}

function repeated(standing: Standing, { repeatAfterMinutes }: Delays, nowMs: number): Step {
  const { state, toldAtMs } = standing;
  const isDue = repeatAfterMinutes !== null && toldAtMs !== null && nowMs - toldAtMs >= repeatAfterMinutes * MINUTE_MS;
  if (state !== 'firing' || !isDue) return { standing, event: undefined };
  return { standing: { ...standing, toldAtMs: nowMs }, event: { state, isRepeat: true, isTold: true } };
}
