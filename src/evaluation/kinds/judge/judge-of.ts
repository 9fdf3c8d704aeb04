/** From a judge's definition to what judges: its prompt is read once, however often it is run. What may be wrong with it is found here. */
import type { JudgeSettings } from '../../../model/definition.ts';
import type { Evaluator } from '../../../model/evaluator.ts';
import type { Fault, Runnable } from '../../kind.ts';
import type { MessageTemplate } from './prompt.ts';
import { type Scale, scaleFault } from './scale.ts';
import { parseTemplate, TemplateError } from './template.ts';
import { isOfDatapoint, VARIABLES } from './variables.ts';
import type { ModelSettings } from './wire.ts';

export const DEFAULT_MAX_TOKENS = 2048;

export interface Judge {
  evaluator: Evaluator;
  model: ModelSettings;
  scale: Scale;
  prompt: MessageTemplate[];
  /** Whether it wants to see calls that failed: its prompt asks for how they ended. */
  seesFailures: boolean;
}

const judges = new WeakMap<Runnable<'judge'>, Judge>();

/** Throws for one of which `judgeFault` says that something is wrong. */
export function judgeOf(runnable: Runnable<'judge'>): Judge {
  let judge = judges.get(runnable);
  if (judge === undefined) {
    judge = makeJudge(runnable);
    judges.set(runnable, judge);
  }
  return judge;
}

/** What is wrong with a judge, and with which member; undefined where it can be run. */
export function judgeFault(
  definition: Scale & { settings: JudgeSettings },
  upstreams: Iterable<string>,
): Fault | undefined {
  const { settings, ...scale } = definition;
  const offScale = /^(\w+): (.*)$/s.exec(scaleFault(scale) ?? '');
  if (offScale) return { member: offScale[1]!, message: offScale[2]! };
  const known = [...upstreams];
  if (!known.includes(settings.upstream))
    return {
      member: 'settings.upstream',
      message: `there is no "${settings.upstream}"; there are ${known.join(', ')}.`,
    };
  const { template } = settings;
  if (typeof template !== 'string' && template.at(-1)!.role !== 'user')
    return {
      member: 'settings.template',
      message: 'its last message must be of the role user: it is what the model answers.',
    };
  try {
    readPrompt(settings);
  } catch (error) {
    if (error instanceof MessageFault) return { member: error.member, message: error.message };
    throw error;
  }
  return undefined;
}

/** A variable of the prompt that a datapoint alone has. */
export function datapointVariable(settings: JudgeSettings): string | undefined {
  return variablesOf(readPrompt(settings)).find(isOfDatapoint);
}

function makeJudge({ evaluator, settings }: Runnable<'judge'>): Judge {
  const { returns, range, options } = evaluator;
  const { upstream, model, temperature, maxTokens = DEFAULT_MAX_TOKENS } = settings;
  const prompt = readPrompt(settings);
  return {
    evaluator,
    model: { upstream, model, temperature, maxTokens },
    scale: { returns, range, options },
    prompt,
    seesFailures: variablesOf(prompt).some((one) => one === 'log.status' || one === 'log.error_code'),
  };
}

class MessageFault extends Error {
  readonly member: string;

  constructor(member: string, { message }: TemplateError) {
    super(message);
    this.member = member;
  }
}

function readPrompt({ template }: JudgeSettings): MessageTemplate[] {
  const messages = typeof template === 'string' ? [{ role: 'user' as const, content: template }] : template;
  return messages.map(({ role, content }, index) => {
    try {
      return { role, template: parseTemplate(content, VARIABLES) };
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      throw new MessageFault(`settings.template${typeof template === 'string' ? '' : `.${index}.content`}`, error);
    }
  });
}

function variablesOf(prompt: readonly MessageTemplate[]): string[] {
  return prompt.flatMap(({ template }) => template.variables);
}
