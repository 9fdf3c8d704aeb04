/** What the gateway is told when it is created: upstreams, limits, deadlines, and the functions that it reports to. */
import type { Exchange, Provider, StartedExchange } from '../model/exchange.ts';
import type { Principal } from '../model/key.ts';
import type { Guardrails } from './guard.ts';
import type { Resolve } from '../outbound/guarded-connect.ts';

export interface Upstream {
  name: string;
  /** Origin and base path, without a slash at the end. */
  url: string;
  provider: Provider;
  /** Stored credential. */
  key: string | undefined;
}

export interface GatewayOptions {
  /** By name, ready-made ones included. */
  upstreams: ReadonlyMap<string, Upstream>;
  /** Names that are known and have no URL. */
  unconfigured: ReadonlySet<string>;
  /** For `/v1/*`. */
  defaultUpstream: string;
  targetUrl: {
    enabled: boolean;
    allowedHosts: readonly string[];
    /** Networks besides the public internet that these hosts may be in, also without TLS. */
    allowedNetworks: readonly string[];
  };
  /** How names that clients give are resolved, where that is not the system's way. */
  resolve?: Resolve;
  /**
   * Whether a client shall see the end of an answer only after `record` has resolved; asked once a call. Always in
   * `durable` mode, and in `fast` mode while too much is on its way to the recorder.
   */
  withholds: () => boolean;
  limits: {
    requestBodyBytes: number;
    captureRequestBytes: number;
    captureResponseBytes: number;
    /** The largest request or answer that guardrails look at, and that is held back for them. */
    guardrailBytes: number;
    headerBytes: number;
    headerCount: number;
    connections: number;
  };
  timeouts: {
    connectMs: number;
    /** The upstream silent before its head. */
    headersMs: number;
    /** The upstream silent inside its body. */
    bodyMs: number;
    clientHeadersMs: number;
    clientRequestMs: number;
    keepAliveMs: number;
    drainMs: number;
  };
  /** Undefined: not let in. Synchronous where the key is known, so that the hot path does not wait. */
  authenticate: (token: string | undefined) => Principal | undefined | Promise<Principal | undefined>;
  /** Host names, without port, accepted in Host; undefined: all. */
  allowedHosts: ReadonlySet<string> | undefined;
  /** What has to look at calls while they are under way, where there is such a thing. */
  guardrails?: Guardrails | undefined;
  /** Called exactly once per call when it is over. Resolves when the log is committed or spooled. Never rejects. */
  record: (exchange: Exchange) => Promise<void>;
  /** Called once for each call that still runs after one second. */
  started: (exchange: StartedExchange) => void;
  /** For the header Gradeway-Log, such as `spooled` while the store fails. */
  logStatus: () => string | undefined;
  /** Failures of ours or of upstreams, and calls that were not let in, for the process log. */
  report: (event: { code: string; id: string; cause: unknown }) => void;
  /** Called for a call that asks for known directives of Helicone's that are not served. */
  ignored?: () => void;
  clock?: { nowMs(): number; monotonicMs(): number };
}
