/** Receivers of logs that evaluators of kind `webhook` name, as whoever can call them is asked. */

export interface ReceiverCall {
  url: string;
  /** Signs what is sent. */
  secret: string;
  /** The same for every try. */
  id: string;
  body: string;
  timeoutMs: number;
}

export type ReceiverAnswer =
  | {
      ended: 'answered';
      status: number;
      /** How long it asks to be left alone, where it is busy. */
      retryAfterMs: number | undefined;
      body: Uint8Array;
      /** Why the body is not whole: it is too long, or broke off. */
      cut: 'long' | 'broken' | undefined;
    }
  | { ended: 'refused'; message: string }
  | { ended: 'failed'; isTimeout: boolean; message: string };

/** Where the scores of one log may be posted to later, and with what, without a key. */
export interface LaterAnswer {
  /** Undefined where it is not known how this gateway is reached from outside. */
  url: string | undefined;
  path: string;
  token: string;
  expiresAtMs: number;
}

export interface AnswerFor {
  projectId: string;
  logId: string;
  evaluator: string;
  version: string;
}

export interface Receivers {
  /** What is wrong with an address, as far as it can be said without calling it. */
  problemOf(url: string): string | undefined;
  /** Never rejects. */
  call(call: ReceiverCall): Promise<ReceiverAnswer>;
  /** Undefined where nobody would take it: no jobs are run here. */
  answerLater(of: AnswerFor): LaterAnswer | undefined;
}
