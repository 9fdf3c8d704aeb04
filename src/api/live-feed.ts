/**
 * What lands in a project, for those who watch: one poll a project, however many watch, and none where nobody does. Every
 * watcher goes on at its client's pace from its own place. Who keeps up reads what the poll found; who does not, or comes back
 * to an earlier place, reads the store by itself until it has caught up. So nothing waits in memory for a slow client, and
 * what the store has forgotten by then is told as a gap. What events look like stands in live-events.ts.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type { Filter } from '../model/filter.ts';
import type { Change, QuestionStore } from '../store/questions.ts';
import { type LiveEvent, liveEvents } from './live-events.ts';

/** Between two looks, while nothing lands. */
const POLL_MS = 200;
const CHANGES_A_READ = 200;
/** Reads that are held for those who keep up. */
const READS_HELD = 4;

export interface Watch {
  projectId: string;
  filter: Filter | null;
  /** The last change that the client has seen; null to begin now. */
  after: number | null;
}

/**
 * What a watcher is told: events (of one read together, and the same list for all that keep up), that some were missed, or
 * (`idle`) that it has been told all. `upTo` is where to go on.
 */
export type Told = { upTo: number } & (
  | { what: 'events'; events: readonly LiveEvent[] }
  | { what: 'gap' }
  | { what: 'idle' }
);

/** Changes as one read gave them; events are made when the first watcher with a filter asks, for all that have it. */
interface Read {
  changes: Change[];
  after: number;
  last: number;
  complete: boolean;
  events: Map<string, Promise<LiveEvent[]>>;
}

interface Project {
  watchers: number;
  /** The newest reads, one behind the other. */
  reads: Read[];
  /** Where the newest ended. */
  position: number;
  /** Told of the next read. */
  waiting: Set<() => void>;
}

type Questions = Pick<QuestionStore, 'changes' | 'list'>;

export class LiveFeed {
  readonly #questions: Questions;
  readonly #projects = new Map<string, Project>();

  constructor(questions: Questions) {
    this.#questions = questions;
  }

  /**
   * Tells what lands behind `after` until `signal` aborts: `idle` first, and at least every `idleMs`. Rejects with what the store
   * answers where it cannot be read; who comes back with the last number goes on there.
   */
  async *watch({ projectId, filter, after }: Watch, idleMs: number, signal: AbortSignal): AsyncGenerator<Told> {
    let at = after ?? (await this.#end(projectId));
    // Whatever number a client brings is asked about: it may be of another database.
    let own = after !== null;
    const project = this.#enter(projectId, at);
    try {
      yield { what: 'idle', upTo: at };
      while (!signal.aborted) {
        const held = own ? undefined : heldBehind(project, at);
        if (held === undefined && !own && at >= project.position) {
          await nextRead(project, idleMs, signal);
          if (at >= project.position) yield { what: 'idle', upTo: at };
          continue;
        }
        const read = held ?? (await this.#read(projectId, at));
        own = false;
        if (!read.complete) yield { what: 'gap', upTo: (read.changes[0]?.seq ?? read.last + 1) - 1 };
        const all = await this.#eventsOf(projectId, read, filter);
        const events = read.after >= at ? all : all.filter(({ seq }) => seq > at);
        if (events.length > 0) yield { what: 'events', events, upTo: read.last };
        at = read.last;
        yield { what: 'idle', upTo: at };
      }
    } finally {
      project.watchers -= 1;
    }
  }

  /** Where changes end now. */
  async #end(projectId: string): Promise<number> {
    return (await this.#questions.changes(projectId, null, 1)).last;
  }

  #enter(projectId: string, at: number): Project {
    const known = this.#projects.get(projectId);
    if (known) {
      known.watchers += 1;
      return known;
    }
    const project: Project = { watchers: 1, reads: [], position: at, waiting: new Set() };
    this.#projects.set(projectId, project);
    void this.#poll(projectId, project);
    return project;
  }

  async #poll(projectId: string, project: Project): Promise<void> {
    while (project.watchers > 0) {
      let more = false;
      try {
        const read = await this.#read(projectId, project.position);
        if (read.last !== project.position) {
          project.reads = [...project.reads, read].slice(-READS_HELD);
          project.position = read.last;
          for (const wake of project.waiting) wake();
        }
        more = read.changes.length === CHANGES_A_READ;
      } catch {
        // The store does not answer: those who watch wait with the poll, which goes on where it was.
      }
      if (!more) await pause(POLL_MS, undefined, { ref: false });
    }
    this.#projects.delete(projectId);
  }

  async #read(projectId: string, after: number): Promise<Read> {
    return { ...(await this.#questions.changes(projectId, after, CHANGES_A_READ)), after, events: new Map() };
  }

  #eventsOf(projectId: string, read: Read, filter: Filter | null): Promise<LiveEvent[]> {
    const key = JSON.stringify(filter);
    const known = read.events.get(key);
    if (known) return known;
    const events = liveEvents(this.#questions, { projectId, filter, changes: read.changes });
    read.events.set(key, events);
    return events;
  }
}

/** The read that tells what is behind a place; undefined where it is not held (any more), or not there yet. */
function heldBehind({ reads }: Project, at: number): Read | undefined {
  return reads.find(({ after, last }) => after <= at && last > at);
}

/** Resolves with the next read, after some time, or when nobody watches any more. */
function nextRead({ waiting }: Project, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      waiting.delete(wake);
      signal.removeEventListener('abort', wake);
      resolve();
    };
    const timer = setTimeout(wake, ms).unref();
    waiting.add(wake);
    signal.addEventListener('abort', wake);
    if (signal.aborted) wake();
  });
}
