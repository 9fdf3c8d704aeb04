/** A call to a model that Gradeway makes itself, for an evaluator or a run, as whoever can make it is asked for it. */
import type { Provider } from '../model/exchange.ts';

export interface ModelCall {
  /** Own id of the call's log, UUIDv7, for whoever needs to know it before. */
  logId?: string;
  /** Evaluator on whose behalf it is made: stands on the call's log as the property `judge`. */
  evaluator?: string;
  /** Further properties of the call's log. */
  properties?: Record<string, string>;
  projectId: string;
  /** Name of an upstream of the configuration. */
  upstream: string;
  /** Path behind the upstream's name. */
  path: string;
  headers: Record<string, string>;
  body: string;
  /** After so long it is broken off. */
  timeoutMs: number;
}

export interface ModelAnswer {
  status: number;
  /** Lower-case names. */
  headers: Record<string, string>;
  body: Uint8Array;
}

/** Makes a call by the gateway's own path: logged, priced, never evaluated. Undefined: there was no whole answer in time. */
export type CallModel = (call: ModelCall) => Promise<ModelAnswer | undefined>;

/** What judges are given to work with. */
export interface ModelAccess {
  callModel: CallModel;
  /** Wire formats of the upstreams, by name. */
  upstreams: ReadonlyMap<string, Provider>;
}
