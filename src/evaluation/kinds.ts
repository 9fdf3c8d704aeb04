/** The kinds of evaluators that are defined by settings. A new one is a file in kinds/ and a line here. */
import type { DefinitionKind } from '../model/definition.ts';
import type { EvaluatorKind } from '../model/evaluator.ts';
import type { DefinedKind, Executes } from './kind.ts';
import { codeKind } from './kinds/code.ts';
import { compositeKind } from './kinds/composite.ts';
import { externalKind } from './kinds/external.ts';
import { humanKind } from './kinds/human.ts';
import { judgeKind } from './kinds/judge.ts';
import { moduleKind } from './kinds/module.ts';
import { webhookKind } from './kinds/webhook.ts';

export type DefinedKinds = { [Of in DefinitionKind]: DefinedKind<Of> };

export const DEFINED_KINDS: DefinedKinds = {
  code: codeKind,
  judge: judgeKind,
  external: externalKind,
  human: humanKind,
  webhook: webhookKind,
  composite: compositeKind,
};

/** Where the work of each kind is done. External results and people's come over the API: no job of theirs is claimed here. */
export const EXECUTES: Record<EvaluatorKind, Executes> = {
  module: moduleKind.executes,
  code: codeKind.executes,
  judge: judgeKind.executes,
  webhook: webhookKind.executes,
  composite: compositeKind.executes,
  external: externalKind.executes,
  human: humanKind.executes,
};
