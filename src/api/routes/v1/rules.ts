/** Rules: which live logs evaluators look at. Those that stand in files and in gradeway.yaml are shown, and changed there. */
import { z } from 'zod';
import { GatewayError } from '../../../errors.ts';
import { attachProblem } from '../../../evaluation/attach.ts';
import { ownRuleOf } from '../../../evaluation/rules.ts';
import type { Evaluator } from '../../../model/evaluator.ts';
import { namedRuleSchema, type Rule, type RuleSpec, ruleSpecSchema, type StoredRule } from '../../../model/rule.ts';
import { type ShownRule, shownRuleSchema, shownSpendingSchema } from '../../../model/shown-rule.ts';
import { refuse } from '../../answers.ts';
import { type DescribedRoute, describedRoute } from '../../described-route.ts';
import type { ApiParts } from '../../route.ts';

const MOST_RULES = 1000;

const paramsSchema = z.object({ rule: ruleSpecSchema.shape.name });

export function ruleRoutes(parts: ApiParts): DescribedRoute[] {
  const { rules } = parts.store;
  const ofProject = (projectId: string): Evaluator[] =>
    parts.evaluators().filter((one) => one.projectId === null || one.projectId === projectId);

  const assertFree = (name: string): void => {
    if (parts.rules.configured().some(({ spec }) => spec.name === name))
      throw new GatewayError('conflict', {
        message: `The rule ${name} stands in gradeway.yaml. Change it there, or choose another name.`,
      });
  };
  const assertAttachable = (spec: RuleSpec, projectId: string): void => {
    const problem = attachProblem(spec, ofProject(projectId));
    if (problem !== undefined) refuse(new Map([['body.evaluator', { message: problem }]]));
  };
  const find = async (projectId: string, name: string): Promise<StoredRule> => {
    const found = (await rules.list(projectId)).find(({ spec }) => spec.name === name);
    if (found === undefined) throw notFound(name);
    return found;
  };

  return [
    describedRoute({
      method: 'GET',
      path: '/api/v1/rules',
      scope: 'read',
      tag: 'rules',
      summary: 'Which live logs evaluators look at',
      description:
        'All rules that hold for the project: its own, those of gradeway.yaml, and those of the files of evaluators.',
      answers: { 200: { description: 'By name.', schema: z.object({ rules: z.array(shownRuleSchema) }) } },
      async handle({ principal: { projectId } }) {
        const shown = [
          ...(await rules.list(projectId)).map(show),
          ...parts.rules.configured().map(show),
          ...ofProject(projectId).flatMap(ownRule),
        ];
        return { rules: shown.toSorted((one, other) => (one.name < other.name ? -1 : 1)) };
      },
    }),
    describedRoute({
      method: 'POST',
      path: '/api/v1/rules',
      scope: 'admin',
      tag: 'rules',
      summary: 'Add a rule',
      description:
        'It holds for calls that end from now on; other processes know of it within two seconds. Several rules on one evaluator make one job.',
      body: ruleSpecSchema,
      answers: { 201: { description: 'The rule.', schema: shownRuleSchema } },
      async handle({ body: spec, principal: { projectId } }) {
        assertFree(spec.name);
        assertAttachable(spec, projectId);
        const nowMs = Date.now();
        const rule: StoredRule = { projectId, managedBy: 'api', spec, createdAtMs: nowMs, changedAtMs: nowMs };
        const created = await rules.create(rule, MOST_RULES);
        if (created === 'exists')
          throw new GatewayError('conflict', {
            message: `There is a rule ${spec.name} already. PUT /api/v1/rules/${spec.name} changes it.`,
          });
        if (created === 'full')
          refuse(new Map([['body', { message: `a project has at most ${MOST_RULES} rules. Delete one first` }]]));
        await parts.rules.changed();
        return show(rule);
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/rules/:rule',
      scope: 'read',
      tag: 'rules',
      summary: 'One rule',
      params: paramsSchema,
      answers: { 200: { description: 'The rule.', schema: shownRuleSchema } },
      async handle({ params: { rule: name }, principal: { projectId } }) {
        const configured = parts.rules.configured().find(({ spec }) => spec.name === name);
        return show(configured ?? (await find(projectId, name)));
      },
    }),
    describedRoute({
      method: 'GET',
      path: '/api/v1/rules/:rule/spending',
      scope: 'read',
      tag: 'rules',
      summary: 'What a rule with a budget has spent',
      description:
        'In the day and in the month that it is (UTC), with what is set aside for evaluations under way and how many jobs wait for more. `online:NAME` is the rule that an evaluator brings along.',
      params: z.object({ rule: z.string().min(1).max(200) }),
      answers: { 200: { description: 'In US dollars.', schema: shownSpendingSchema } },
      async handle({ params: { rule: name }, principal: { projectId } }) {
        const specs = [...parts.rules.configured(), ...(await rules.list(projectId))].map(({ spec }) => spec);
        const found = [...specs, ...ofProject(projectId).flatMap(ownRule)].find((one) => one.name === name);
        if (found === undefined) throw notFound(name);
        const spending = await parts.store.budgets.spending(projectId, name, Date.now());
        return { budget: found.budget ?? null, ...spending };
      },
    }),
    describedRoute({
      method: 'PUT',
      path: '/api/v1/rules/:rule',
      scope: 'admin',
      tag: 'rules',
      summary: 'Change a rule',
      description: 'Replaces all it says. Jobs that it has made stay.',
      params: paramsSchema,
      body: namedRuleSchema,
      answers: { 200: { description: 'The rule.', schema: shownRuleSchema } },
      async handle({ params: { rule: name }, body, principal: { projectId } }) {
        assertFree(name);
        if (body.name !== undefined && body.name !== name)
          refuse(new Map([['body.name', { message: `a rule keeps its name. Send ${name}, or leave it out` }]]));
        const before = await find(projectId, name);
        const spec: RuleSpec = { ...body, name };
        assertAttachable(spec, projectId);
        const nowMs = Date.now();
        if (!(await rules.update(projectId, spec, nowMs))) throw notFound(name);
        await parts.rules.changed();
        return show({ ...before, spec, changedAtMs: nowMs });
      },
    }),
    describedRoute({
      method: 'DELETE',
      path: '/api/v1/rules/:rule',
      scope: 'admin',
      tag: 'rules',
      summary: 'Remove a rule',
      description: 'Jobs that it has made stay.',
      params: paramsSchema,
      answers: { 200: { description: 'It is gone.', schema: z.object({ removed: z.literal(true) }) } },
      async handle({ params: { rule: name }, principal: { projectId } }) {
        assertFree(name);
        if (!(await rules.remove(projectId, name))) throw notFound(name);
        await parts.rules.changed();
        return { removed: true };
      },
    }),
  ];
}

function notFound(name: string): GatewayError {
  return new GatewayError('not_found', { message: `There is no rule ${name}.` });
}

function show(rule: Rule | StoredRule): ShownRule {
  const times = 'createdAtMs' in rule ? rule : { createdAtMs: null, changedAtMs: null };
  return {
    ...rule.spec,
    managedBy: rule.managedBy,
    createdAtMs: times.createdAtMs,
    changedAtMs: times.changedAtMs,
  };
}

function ownRule({ name, online, managedBy }: Evaluator): ShownRule[] {
  if (online === null) return [];
  const spec = ruleSpecSchema.parse({ name, evaluator: name, ...online });
  return [{ ...show({ projectId: null, managedBy, spec }), name: ownRuleOf(name) }];
}
