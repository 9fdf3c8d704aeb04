/**
 * `gradeway explain LOG`: what every evaluator made of a log, or why it did not look at it. Reads the database and the folder of
 * evaluators themselves, so that it also answers beside a gateway that does not run.
 */
import { Command } from 'commander';
import { evaluatorEnvironment } from '../../config/evaluator-environment.ts';
import { GatewayError } from '../../errors.ts';
import { type Explained, explain } from '../../evaluation/explain.ts';
import { startEvaluators } from '../../evaluation/evaluators.ts';
import type { Rule } from '../../model/rule.ts';
import { AHEAD_COUNTED, type Store, type StoredLog } from '../../store/store.ts';
import { columns } from '../columns.ts';
import { sampledOut } from '../sampled-out.ts';
import { settingsHere, withStore } from './settings.ts';

const REASON_CHARACTERS = 300;

export function explainCommand(): Command {
  return new Command('explain')
    .description('say what every evaluator made of a log, or why it did not look at it')
    .argument('<log>', 'id of the log, its request id or the id that the provider gave')
    .action(async (id: string) => {
      const config = settingsHere();
      const { folder, environment: names } = config.evaluators;
      const environment = evaluatorEnvironment(names, process.env);
      const evaluators = await startEvaluators({ folder, environment, watch: false });
      try {
        const explained = await withStore(config, async (store) => {
          const log = await findAnywhere(store, id);
          const configured = config.rules.map((spec): Rule => ({ projectId: null, managedBy: 'config', spec }));
          const rules = [...configured, ...(await store.rules.list(log.projectId))];
          return explain(log, { store, evaluators: evaluators.list, rules, nowMs: Date.now() });
        });
        const lines = explained.map((one) => [one.evaluator, one.state, whyOf(one, Date.now())]);
        process.stdout.write(columns([['EVALUATOR', 'STATE', 'WHY'], ...lines]));
      } finally {
        await evaluators.close();
      }
    });
}

/** Whoever runs commands here may read every project. */
async function findAnywhere(store: Store, id: string): Promise<StoredLog> {
  for (const { projectId } of await store.retention.list()) {
    const log = await store.logs.find(projectId, id);
    if (log !== undefined) return log;
  }
  throw new GatewayError('invalid_setting', {
    message: `There is no log ${JSON.stringify(id)}. The header Gradeway-Id of an answer and the lists of the API have the ids.`,
  });
}

/** One line that says why, without control characters: reasons are texts of evaluators. */
export function whyOf(explained: Explained, nowMs: number): string {
  const line = sentence(explained, nowMs).slice(0, REASON_CHARACTERS);
  // oxlint-disable-next-line no-control-regex -- control characters would rewrite the terminal
  return line.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

function sentence(explained: Explained, nowMs: number): string {
  const { state, clause, reason, code, attempt, dueAtMs, ahead, version, rules } = explained;
  const seconds = dueAtMs === null ? 0 : Math.max(0, Math.ceil((dueAtMs - nowMs) / 1000));
  const because = [code, reason].filter((part) => part !== null).join(': ');
  switch (state) {
    case 'scored':
      return `version ${version}`;
    case 'abstained':
    case 'skipped':
    case 'failed':
    case 'dead':
      return because;
    case 'queued': {
      const before = ahead === AHEAD_COUNTED ? `${AHEAD_COUNTED} or more` : String(ahead);
      const when = seconds === 0 ? `${before} jobs are due before it` : `due in ${seconds} s`;
      return because === '' ? when : `${when}; last time: ${because}`;
    }
    case 'paused':
      return `kept until its evaluator is resumed: ${reason}`;
    case 'over_budget':
      return `until ${new Date(dueAtMs ?? nowMs).toISOString()}: ${because}`;
    case 'running':
      return `try ${attempt}, its lease ends in ${seconds} s`;
    case 'offline':
      return 'no rule sends it live logs';
    case 'sampled_out':
      return sampledOut(rules);
    case 'not_matched':
      return `this does not hold: ${clause}`;
    case 'before_rule':
    default:
      return "its rule matches the log now, and did not when the log was recorded; or this is a judge's own call";
  }
}
