/**
 * Runs code of all versions, evaluators and projects in a few children. Calls of one version of one evaluator share a guest,
 * and no others do.
 */
import type { CodeSettings } from '../../../model/definition.ts';
import type { Score } from '../../../model/score.ts';
import { DEFAULT_MEMORY_MB } from '../../../sandbox/guest.ts';
import { SandboxPool } from '../../../sandbox/pool.ts';
import type { Evaluated, Fault, KindParts, Result, Runnable, Runner, Work } from '../../kind.ts';
import { Breaker } from '../../breaker.ts';
import { callFor, wantsScores } from './call.ts';
import { runCalls, type Settle } from './calls.ts';
import { checkSources } from './check.ts';
import { type CallsFrame, FRAME_BYTES } from './protocol.ts';
import { NotStarted, Starter } from './start.ts';
import { type Holder, Turns } from './turns.ts';

/** Children at most. With two, an evaluator that hangs in one leaves the other to the rest. */
const PROCESSES = 2;
/** Calls go in frames of this size at most, so that little is held and little is run again. */
const CHUNK_CHARACTERS = 4 * 1024 * 1024;
const CHUNK_CALLS = 64;
/** A character takes up to three bytes, and is escaped once more on its way. */
const MOST_CHARACTERS = FRAME_BYTES / 8;

/** In whose name sources are checked. */
const CHECKING: Holder = { projectId: null, name: '' };

type Calls = CallsFrame['calls'];

type ReadScores = NonNullable<KindParts['readScores']>;

export class CodeRunner implements Runner<'code'> {
  readonly #languages = new Set<CodeSettings['language']>();
  readonly #pool: SandboxPool;
  readonly #turns = new Turns(PROCESSES);
  readonly #breaker = new Breaker();
  readonly #readScores: ReadScores;

  constructor(readScores: ReadScores = () => Promise.resolve([])) {
    this.#readScores = readScores;
    const starter = new Starter(this.#languages);
    this.#pool = new SandboxPool({ size: PROCESSES, spare: true, start: (signal) => starter.start(signal) });
  }

  expect(some: readonly CodeSettings[]): void {
    for (const { language } of some) this.#languages.add(language);
    if (some.length > 0) this.#pool.startAhead();
  }

  /** Rejects as reading scores does, too. */
  async run(work: readonly Work<'code'>[], onResult: (result: Result, index: number) => void): Promise<void> {
    const calls: { one: Work<'code'>; call: Calls[number] }[] = [];
    const scores = await Promise.all(work.map((one) => this.#scoresFor(one)));
    for (const [index, one] of work.entries()) {
      const { language } = one.runnable.settings;
      this.#languages.add(language);
      const call = callFor(language, one.subject, { datapoint: one.datapoint, scores: scores[index] });
      if (call.length <= MOST_CHARACTERS) calls.push({ one, call: { id: index, call } });
      else onResult({ outcome: skipped(`The log is larger than ${MOST_CHARACTERS} characters.`) }, index);
    }
    const settle: Settle = (index, outcome, retryAtMs) =>
      onResult({ outcome, ...(retryAtMs !== undefined && { retryAtMs }) }, index);
    await Promise.all(
      [...Map.groupBy(calls, ({ one }) => one.runnable)].flatMap(([code, own]) => {
        const isTrial = own.some(({ one }) => one.isTrial);
        const options = {
          pool: this.#pool,
          turns: this.#turns,
          holder: code.evaluator,
          breaker: isTrial ? undefined : this.#breaker,
        };
        return chunksOf(own.map(({ call }) => call)).map((chunk) => runCalls(frameOf(code, chunk), settle, options));
      }),
    );
  }

  async check(some: readonly CodeSettings[]): Promise<(Fault | undefined)[]> {
    const faults: (Fault | undefined)[] = some.map(() => undefined);
    for (const [language, own] of Map.groupBy(some.entries(), ([, settings]) => settings.language)) {
      this.#languages.add(language);
      const sources = own.map(([, { source }]) => source);
      const messages = await this.#turns
        .take(CHECKING, () => checkSources(this.#pool, language, sources))
        .catch((error: unknown) => {
          // Nobody can tell now. Whoever runs it is told why.
          if (error instanceof NotStarted) return [];
          throw error;
        });
      for (const [place, message] of messages.entries())
        if (message !== undefined) faults[own[place]![0]] = { member: 'settings.source', message };
    }
    return faults;
  }

  async #scoresFor({ runnable, subject }: Work<'code'>): Promise<Score[] | undefined> {
    return wantsScores(runnable.settings.source) ? this.#readScores(subject.projectId, subject.id) : undefined;
  }

  close(): Promise<void> {
    return this.#pool.close();
  }
}

function chunksOf(calls: Calls): Calls[] {
  const chunks: Calls[] = [];
  let characters = 0;
  for (const one of calls) {
    const last = chunks.at(-1);
    if (last && last.length < CHUNK_CALLS && characters + one.call.length <= CHUNK_CHARACTERS) last.push(one);
    else {
      chunks.push([one]);
      characters = 0;
    }
    characters += one.call.length;
  }
  return chunks;
}

function frameOf({ evaluator, settings }: Runnable<'code'>, calls: Calls): CallsFrame {
  const { name, returns, range, options, deadlineMs, memoryMb } = evaluator;
  const limits = { deadlineMs, memoryMb: memoryMb ?? DEFAULT_MEMORY_MB };
  return { ...settings, name, returns, bounds: { range, options }, ...limits, calls };
}

function skipped(reason: string): Evaluated['outcome'] {
  return { outcome: 'skipped', reason, durationMs: 0, printed: '' };
}
