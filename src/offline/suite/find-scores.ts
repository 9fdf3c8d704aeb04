/** The scores of a run that somebody names: by its id, by its name, or by the report of it. */
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Run } from '../../model/run.ts';
import type { RunStore } from '../../store/evaluation-runs.ts';
import { readRunScores, type RunScores } from '../comparison/run-scores.ts';
import { readReport } from './report.ts';

export interface FoundScores {
  /** As it is called, for people. */
  name: string;
  scores: RunScores;
  /** Null where a report does not say it. */
  id: string | null;
  /** Null where a report is all there is of it. */
  run: Run | null;
}

export interface ScoresPlace {
  /** Where reports lie. */
  folder: string;
  runs: RunStore;
  projectId: string;
}

const RUNS_LOOKED_AT = 500;

/** Of a name the newest completed run is taken. Throws an Error that says what there is not, and as the store does. */
export async function findScores(given: string, { folder, runs, projectId }: ScoresPlace): Promise<FoundScores> {
  if (/\.json$/i.test(given)) {
    try {
      const { scores, runId, suite } = readReport(await readFile(resolve(folder, given), 'utf8'));
      return { name: suite, scores, id: runId, run: null };
    } catch (error) {
      throw new Error(`${given}: ${(error as Error).message}`, { cause: error });
    }
  }
  const isId = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i.test(given);
  const run = isId
    ? await runs.find(projectId, given.toLowerCase())
    : (await runs.list(projectId, { after: null, limit: RUNS_LOOKED_AT })).find(
        ({ spec, state }) => spec.name === given && state === 'completed',
      );
  if (run === undefined)
    throw new Error(
      isId
        ? `there is no run ${given}.`
        : `there is no completed run "${given}". Run its suite first (gradeway run SUITE.yaml --name ${given}), or name a report: FILE.json.`,
    );
  return { name: run.spec.name, scores: await readRunScores(runs, run), id: run.id, run };
}
