/** A run from what somebody asks for: checked against what there is, with versions pinned, so that it means the same tomorrow. */
import { GatewayError } from '../../errors.ts';
import { EXECUTES } from '../../evaluation/kinds.ts';
import type { Evaluator } from '../../model/evaluator.ts';
import type { Provider } from '../../model/exchange.ts';
import { newId } from '../../model/id.ts';
import { nearest } from '../../model/nearest.ts';
import type { Run, RunEvaluator, RunSpec } from '../../model/run.ts';
import type { Store } from '../../store/store.ts';
import { unknownDataset } from '../datasets/change-dataset.ts';
import { configProblem } from './write-request.ts';

export interface CreateParts {
  store: Pick<Store, 'datasets' | 'runs'>;
  evaluators: readonly Evaluator[];
  upstreams: ReadonlyMap<string, Provider>;
}

/** Throws `not_found` for an unknown dataset or version, and `validation_failed` with each problem by its place. */
export async function createRun(parts: CreateParts, projectId: string, spec: RunSpec): Promise<Run> {
  const dataset = await pinnedDataset(parts, projectId, spec.dataset);
  const problems = new Map<string, string>();
  const own = parts.evaluators.filter((one) => one.projectId === null || one.projectId === projectId);
  const evaluators = spec.evaluators.map((asked, index) => {
    const pinned = pinnedEvaluator(asked, own);
    if (typeof pinned !== 'string') return pinned;
    problems.set(`evaluators.${index}`, pinned);
    return asked;
  });
  const names = evaluators.map(({ name }) => name);
  for (const [index, name] of names.entries())
    if (names.indexOf(name) !== index) problems.set(`evaluators.${index}`, `"${name}" is there twice`);
  if (spec.outputs.from === 'generated') {
    const problem = configProblem(spec.outputs.config, parts.upstreams);
    if (problem !== undefined) problems.set('outputs.config', problem);
  } else if (spec.outputs.from === 'replayed') {
    const { upstream } = spec.outputs.config;
    if (upstream !== undefined && !parts.upstreams.has(upstream))
      problems.set(
        'outputs.config.upstream',
        `there is no "${upstream}"; there are ${[...parts.upstreams.keys()].join(', ')}`,
      );
  } else if (spec.outputs.from === 'existing' && spec.repetitions > 1)
    problems.set('repetitions', 'a log that is there was answered once');
  if (problems.size > 0) throw refusal(problems);
  const run: Run = {
    id: newId(),
    projectId,
    spec: { ...spec, dataset, evaluators },
    state: 'pending',
    reason: null,
    outputs: 0,
    createdAtMs: Date.now(),
    startedAtMs: null,
    endedAtMs: null,
  };
  await parts.store.runs.create(run);
  return run;
}

async function pinnedDataset(
  { store }: CreateParts,
  projectId: string,
  asked: RunSpec['dataset'],
): Promise<RunSpec['dataset']> {
  const found = await store.datasets.find(projectId, asked.name);
  if (found === undefined) throw unknownDataset(asked.name);
  const version = asked.version ?? found.newest;
  if (version === 0)
    throw new GatewayError('validation_failed', {
      message: `The dataset "${asked.name}" has no version yet. Put datapoints into it first.`,
      details: { 'dataset.name': { message: 'it holds nothing yet' } },
    });
  if (version !== found.newest) {
    const versions = await store.datasets.versions(projectId, asked.name);
    if (!versions.some((one) => one.version === version))
      throw new GatewayError('not_found', { message: `The dataset "${asked.name}" has no version ${version}.` });
  }
  return { ...asked, version };
}

/** With its version; or what is wrong. */
function pinnedEvaluator(asked: RunEvaluator, known: readonly Evaluator[]): RunEvaluator | string {
  const found = known.find(({ name }) => name === asked.name);
  if (found === undefined) {
    if (asked.posted) return asked;
    const near = nearest(
      asked.name,
      known.map(({ name }) => name),
    );
    return `there is no evaluator "${asked.name}"${near ? `; did you mean ${near}?` : '.'} Where its results are posted, say posted: true`;
  }
  // Their work is done elsewhere, whatever was asked for.
  const posted = asked.posted || EXECUTES[found.kind] === 'never';
  const isWithoutVersions = found.kind === 'module' && asked.version !== undefined && asked.version !== found.version;
  if (isWithoutVersions) return `its file is of version ${found.version} now, and older ones are not kept`;
  return { ...asked, posted, returns: found.returns, version: asked.version ?? found.version };
}

function refusal(problems: ReadonlyMap<string, string>): GatewayError {
  const details = Object.fromEntries([...problems].map(([at, message]) => [`body.${at}`, { message }]));
  const [first] = problems;
  return new GatewayError('validation_failed', { message: `${first![0]}: ${first![1]}`, details });
}
