/**
 * Keys of the keyboard: single ones (`j`, `/`, `?`) and two in a row (`g l`). Nothing happens while one types, or with a
 * key for the browser or the system held down. Of several that listen to the same key, who came last has it.
 */
import { useEffect, useRef } from 'react';

export type Keys = Record<string, (event: KeyboardEvent) => void>;

const SEQUENCE_MS = 1000;
const listeners: { current: Keys }[] = [];
let first: { key: string; atMs: number } | undefined;

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.shadowRoot !== null || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
  );
}

function onKeyDown(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
  if (event.key === 'Shift') return;
  const sequence =
    first !== undefined && performance.now() - first.atMs < SEQUENCE_MS ? `${first.key} ${event.key}` : undefined;
  first = undefined;
  for (const name of sequence === undefined ? [event.key] : [sequence, event.key])
    for (const { current } of listeners.toReversed()) {
      if (Object.hasOwn(current, name)) {
        event.preventDefault();
        current[name]!(event);
        return;
      }
    }
  const begins = listeners.some(({ current }) => Object.keys(current).some((name) => name.startsWith(`${event.key} `)));
  if (begins) first = { key: event.key, atMs: performance.now() };
}

/** Listens while the component is there. */
export function useKeys(keys: Keys): void {
  const held = useRef(keys);
  held.current = keys;
  useEffect(() => {
    if (listeners.length === 0) addEventListener('keydown', onKeyDown);
    listeners.push(held);
    return () => {
      listeners.splice(listeners.indexOf(held), 1);
      if (listeners.length === 0) removeEventListener('keydown', onKeyDown);
    };
  }, []);
}
