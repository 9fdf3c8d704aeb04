/**
 * The kind `code`: Python or JavaScript that came as a file, over the API or in the configuration. It is treated as nobody's
 * whom the operator trusts: it runs in a guest without any way out (`sandbox/`), and that in a child process with an empty environment and
 * Node's permission model, which is killed at a deadline. Two evaluators, or two projects, are never in one guest.
 */
import type { DefinedKind } from '../kind.ts';
import { readCodeFiles } from './code/folder.ts';
import { CodeRunner } from './code/runner.ts';

export const codeKind: DefinedKind<'code'> = {
  kind: 'code',
  trusted: false,
  executes: 'process',
  readFiles: readCodeFiles,
  // Whether its language can read it is found out by trying.
  faultOf: () => undefined,
  start: ({ readScores }) => new CodeRunner(readScores),
};
