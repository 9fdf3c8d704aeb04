/** How long projects keep their logs. The same on every engine. What removing is: removals.ts. */
import type { Act } from './audit.ts';

/** In days from a log's start. 0 is for ever. */
export interface Retention {
  /** After these, bodies are removed and the rest of the log stays. */
  bodyDays: number;
  /** After these, logs are removed whole. */
  logDays: number;
}

/** What a project has settled for itself; null where the settings of the gateway hold. */
export type ProjectRetention = { [Name in keyof Retention]: Retention[Name] | null };

export interface RetentionStore {
  of(projectId: string): Promise<ProjectRetention>;
  /** Of all projects, also of those that have settled nothing. */
  list(): Promise<(ProjectRetention & { projectId: string })[]>;
  set(projectId: string, retention: ProjectRetention, act: Act): Promise<void>;
}
