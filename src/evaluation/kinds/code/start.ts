/**
 * Starts children of the kind `code`, ready to run guests. Where none comes up, the next is tried some time later, and each
 * time after twice as long: what asks for one meanwhile is not run, and comes back.
 */
import { extname, join } from 'node:path';
import { GatewayError } from '../../../errors.ts';
import { guestFiles } from '../../../sandbox/guest-files.ts';
import { Sandbox } from '../../../sandbox/sandbox.ts';
import { type CallsFrame, FRAME_BYTES, type FromChild, type ToChild } from './protocol.ts';

const PROGRAM = join(import.meta.dirname, `program${extname(import.meta.filename)}`);
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** There is no child, and will be none before this time. */
export class NotStarted extends Error {
  readonly untilMs: number;

  constructor(message: string, untilMs: number) {
    super(message);
    this.untilMs = untilMs;
  }
}

export interface StarterOptions {
  program?: string;
  /** Paths that it may read. */
  read?: string[];
  /** Milliseconds since the epoch. */
  now?: () => number;
}

export class Starter {
  readonly #languages: Iterable<CallsFrame['language']>;
  readonly #options: Required<StarterOptions>;
  #failures = 0;
  #pause: NotStarted | undefined;

  /** `languages` are made ready in each child before work comes: those that there are when it starts. */
  constructor(languages: Iterable<CallsFrame['language']>, options: StarterOptions = {}) {
    this.#languages = languages;
    this.#options = { program: PROGRAM, read: guestFiles(), now: () => Date.now(), ...options };
  }

  /** Throws `NotStarted`, or `draining` when aborted. */
  async start(signal: AbortSignal): Promise<Sandbox> {
    const { program, read, now } = this.#options;
    if (this.#pause && now() < this.#pause.untilMs) throw this.#pause;
    const sandbox = new Sandbox({ program, permission: { read }, frameBytes: FRAME_BYTES });
    const end = (): void => void sandbox.close();
    signal.addEventListener('abort', end);
    const ready = Promise.withResolvers<undefined>();
    sandbox.onFrame = (frame) => {
      if ('ready' in (frame as FromChild)) ready.resolve(undefined);
    };
    sandbox.busy(true);
    sandbox.send({ warm: [...this.#languages] } satisfies ToChild);
    const death = await Promise.race([ready.promise, sandbox.died]);
    sandbox.busy(false);
    signal.removeEventListener('abort', end);
    if (!death) {
      this.#failures = 0;
      this.#pause = undefined;
      return sandbox;
    }
    if (death.why === 'closed') throw new GatewayError('draining');
    const pauseMs = Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, LONGEST_PAUSE_MS);
    this.#failures += 1;
    const said = death.output.trim().slice(0, 1000);
    this.#pause = new NotStarted(
      `Not run yet: the process for code did not start. ${death.message}${said && ` It said: ${said}`}`,
      now() + pauseMs,
    );
    throw this.#pause;
  }
}
