/**
 * Texts in SQL: `text_contains(seq, which, part)` says whether a log's texts contain a part, as `matches` of
 * model/filter-match.ts does. It unpacks the log's block, so it comes last in a condition, behind the candidates of the
 * word index: `text_candidate(seq)` says whether a log is one, while `withCandidates` runs.
 */
import type { Filter } from '../../model/filter.ts';
import { containsText } from '../../model/filter-match.ts';
import { type Connection, openConnection } from './connection.ts';
import { type ReadTexts, textOf } from '../text/read-texts.ts';
import { StoredTexts } from './log-texts.ts';
import { textPath } from './text-file.ts';
import { type TextCandidates, TextIndex } from './text-index.ts';

export class TextFunctions {
  readonly #index: TextIndex;
  /** Texts are read on a connection of their own: one that runs a statement takes no other. */
  readonly #connection: Connection;
  readonly #texts: StoredTexts;
  #candidates: TextCandidates | undefined;

  /** Adds the functions to a connection that reads. */
  constructor(connection: Connection, readTexts: ReadTexts) {
    this.#index = new TextIndex(textPath(connection.name));
    this.#connection = openConnection(connection.name, { readonly: true, once: true });
    this.#texts = new StoredTexts(this.#connection, readTexts);
    connection.function('text_contains', (seq: unknown, which: unknown, part: unknown) => {
      const text = textOf(this.#texts.of(seq as number), which);
      return containsText(text, part as string) ? 1 : 0;
    });
    connection.function('text_candidate', (seq: unknown) => (this.#candidates?.has(seq as number) === false ? 0 : 1));
  }

  /** Runs a question with the candidates of its filter. Undefined where every log is one. */
  withCandidates<Result>(filter: Filter, question: (candidates: TextCandidates | undefined) => Result): Result {
    // Blocks may have been written anew since the last question.
    this.#texts.forget();
    return this.#index.ask(filter, (candidates) => {
      this.#candidates = candidates;
      try {
        return question(candidates);
      } finally {
        this.#candidates = undefined;
      }
    });
  }

  close(): void {
    this.#index.close();
    this.#connection.close();
  }
}
