/**
 * Tells that something in a folder changed, also where the folder itself is removed and made anew: a watcher stays with
 * the folder it was given and hears nothing of another by the same name. What changed is left to the caller to find out.
 */
import { type FSWatcher, statSync, watch } from 'node:fs';

/** Editors write a file in several steps. */
const SETTLE_MS = 100;
const LOOK_MS = 1000;

/** Calls `onChange` some time after changes; what it rejects with is dropped. Answers how to stop. */
export function watchFolder(folder: string, onChange: () => Promise<void>): () => void {
  let settling: NodeJS.Timeout | undefined;
  const changed = (): void => {
    clearTimeout(settling);
    // A folder that is gone for a moment is seen again by the next event.
    settling = setTimeout(() => void onChange().catch(() => {}), SETTLE_MS);
  };
  let watched = stateOf(folder);
  let watcher = startWatcher(folder, changed);
  const look = setInterval(() => {
    const state = stateOf(folder);
    if (state === watched && watcher !== undefined) return;
    watched = state;
    watcher?.close();
    watcher = state === undefined ? undefined : startWatcher(folder, changed);
    if (state !== undefined) changed();
  }, LOOK_MS);
  look.unref();
  return () => {
    clearInterval(look);
    clearTimeout(settling);
    watcher?.close();
  };
}

function startWatcher(folder: string, changed: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(folder, { persistent: false }, changed);
    watcher.on('error', () => {});
    return watcher;
  } catch {
    return undefined;
  }
}

/**
 * Which folder it is, and when its entries last changed; undefined where there is none. The number of a removed folder is
 * soon given to a new one, so that it takes the time to tell them apart.
 */
function stateOf(folder: string): string | undefined {
  try {
    const { dev, ino, ctimeNs } = statSync(folder, { bigint: true });
    return `${dev}:${ino}:${ctimeNs}`;
  } catch {
    return undefined;
  }
}
