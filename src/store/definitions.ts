/**
 * Evaluators that are no files, and all versions of their definitions, as a family of the store. What stands in a definition
 * is checked by whoever puts it; what is made of it is the business of its kind (`evaluation/kinds/`).
 */
import type { Definition, Versioned } from '../model/definition.ts';
import type { ManagedBy, Online } from '../model/evaluator.ts';

/** What becomes of jobs that wait for an evaluator when it is deleted: they run on their version, or are dropped. */
export const WAITING = ['finish', 'drop'] as const;
export type Waiting = (typeof WAITING)[number];

/** An evaluator with its newest version. */
export interface DefinedEvaluator {
  newest: Versioned;
  /** The rule by which it looks at live logs; null where it looks at none. */
  online: Online | null;
  /** When its first version was put, and when it was changed last. */
  createdAtMs: number;
  changedAtMs: number;
  /** Null while it is there. */
  deleted: { atMs: number; waiting: Waiting } | null;
}

export interface PutOptions {
  managedBy: Exclude<ManagedBy, 'file'>;
  online: Online | null;
  /** Evaluators that a project may have. */
  most: number;
  nowMs: number;
}

/** What came of a definition: `isNew` where it made a version; refused where `gradeway.yaml` has the name, or there are too many. */
export type Put = { version: string; isNew: boolean } | { refused: 'managed' | 'full' };

export interface DefinitionStore {
  /** Another number whenever a definition was put or an evaluator deleted, by whomever. */
  revision(): Promise<number>;
  /** Of all projects, those that were deleted too: for consumers and the recorder. */
  all(): Promise<DefinedEvaluator[]>;
  /** Of one project, by name, without those that were deleted. */
  list(projectId: string): Promise<DefinedEvaluator[]>;
  find(projectId: string, name: string): Promise<DefinedEvaluator | undefined>;
  /** Newest first, also of an evaluator that was deleted. */
  versions(projectId: string, name: string): Promise<{ version: string; createdAtMs: number }[]>;
  findVersion(projectId: string, name: string, version: string): Promise<Versioned | undefined>;
  /**
   * Makes a new version, unless the newest is the same. An evaluator that was deleted is there again, and counts on. What
   * `gradeway.yaml` defines replaces what the API did.
   */
  put(projectId: string, definition: Definition, options: PutOptions): Promise<Put>;
  /** Whether there was such an evaluator, managed by the same; its versions can still be read. */
  remove(
    projectId: string,
    name: string,
    options: { managedBy: PutOptions['managedBy']; waiting: Waiting; nowMs: number },
  ): Promise<boolean>;
  /** Removes what waits for an evaluator, run or not, in small transactions; answers how many jobs. */
  dropJobs(projectId: string, name: string): Promise<number>;
}

/** What `revisions` counts of definitions. */
export const DEFINITIONS = 'definitions';

/** A row of evaluators with that of its newest version, as both engines read it. */
export interface EvaluatorRow {
  projectId: string;
  managedBy: PutOptions['managedBy'];
  online: string | null;
  createdAtMs: number;
  changedAtMs: number;
  deletedAtMs: number | null;
  waiting: Waiting | null;
  version: number;
  spec: string;
  versionAtMs: number;
}

export function definedOf(row: EvaluatorRow): DefinedEvaluator {
  const { online, createdAtMs, changedAtMs, deletedAtMs, waiting } = row;
  return {
    newest: versionedOf({ ...row, createdAtMs: row.versionAtMs }),
    online: online === null ? null : (JSON.parse(online) as Online),
    createdAtMs,
    changedAtMs,
    deleted: deletedAtMs === null ? null : { atMs: deletedAtMs, waiting: waiting ?? 'finish' },
  };
}

export type VersionRow = Pick<EvaluatorRow, 'projectId' | 'managedBy' | 'createdAtMs' | 'version' | 'spec'>;

export function versionedOf({ projectId, managedBy, createdAtMs, version, spec }: VersionRow): Versioned {
  const definition = JSON.parse(spec) as Definition;
  return { projectId, version: String(version), managedBy, createdAtMs, definition };
}

/** What is stored of an evaluator before a definition of it is put. */
export interface Before {
  newest: number;
  managedBy: PutOptions['managedBy'];
  online: string | null;
  deletedAtMs: number | null;
  spec: string;
}

export interface PutPlan {
  spec: string;
  online: string | null;
  newest: number;
  isNew: boolean;
  /** Whether anything is different afterwards. */
  isChange: boolean;
}

/** What is to be written for a definition, on every engine. `count`: evaluators that the project has. */
export function planPut(
  before: Before | undefined,
  count: number,
  definition: Definition,
  { managedBy, online: rule, most }: PutOptions,
): PutPlan | Extract<Put, { refused: unknown }> {
  const isThere = before !== undefined && before.deletedAtMs === null;
  if (isThere && before.managedBy === 'config' && managedBy === 'api') return { refused: 'managed' };
  if (!isThere && count >= most) return { refused: 'full' };
  const [spec, online] = [JSON.stringify(definition), rule && JSON.stringify(rule)];
  const isNew = before?.spec !== spec;
  const newest = isNew ? (before?.newest ?? 0) + 1 : before.newest;
  const isChange = isNew || !isThere || before.managedBy !== managedBy || before.online !== online;
  return { spec, online, newest, isNew, isChange };
}

/** What `version` says as the store counts it; undefined for what is none of the store's. */
export function versionNumber(version: string): number | undefined {
  return /^[1-9]\d{0,8}$/.test(version) ? Number(version) : undefined;
}
