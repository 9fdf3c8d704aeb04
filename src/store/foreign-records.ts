/**
 * What the API of another product has a word for and Gradeway has none, as a family of the store: small JSON objects by project,
 * kind and id. What they mean is the business of its routes (`api/routes/humanloop/`, `api/routes/helicone/`).
 */

export interface ForeignRecord {
  projectId: string;
  kind: string;
  id: string;
  /** Id of what it belongs to; removed with it. */
  parent: string | null;
  /** By which it is found, once in its project and kind; null where it is found by its id alone. */
  key: string | null;
  /** JSON. */
  spec: unknown;
  /** Counts changes, from 1. */
  revision: number;
  createdAtMs: number;
  changedAtMs: number;
}

export type ForeignChange = Pick<ForeignRecord, 'key' | 'spec' | 'revision' | 'changedAtMs'>;

export interface ForeignRecordStore {
  /** Of one kind, and of one parent where it is named; the oldest first. */
  list(projectId: string, kind: string, parent?: string): Promise<ForeignRecord[]>;
  find(projectId: string, kind: string, id: string): Promise<ForeignRecord | undefined>;
  findByKey(projectId: string, kind: string, key: string): Promise<ForeignRecord | undefined>;
  /** Adds it, unless its id or key is taken (`exists`), or there are `most` of its kind and parent (`full`). */
  create(record: ForeignRecord, most: number): Promise<'created' | 'exists' | 'full'>;
  /** Replaces key and spec. `changed` where it is not of this revision any more or is gone, `exists` where another has the key. */
  update(projectId: string, kind: string, id: string, change: ForeignChange): Promise<'updated' | 'changed' | 'exists'>;
  /** Removes it, and those of any kind whose parent it is. Whether there was one. */
  remove(projectId: string, kind: string, id: string): Promise<boolean>;
}

/** As both engines read one. */
export interface ForeignRow extends Omit<ForeignRecord, 'spec' | 'projectId'> {
  spec: string;
}

export function foreignOf(projectId: string, { spec, ...row }: ForeignRow): ForeignRecord {
  return { ...row, projectId, spec: JSON.parse(spec) as unknown };
}
