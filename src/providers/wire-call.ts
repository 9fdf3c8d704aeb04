/** What the readers of this folder are given: one call as it was on the wire. Who captured or stored it is not their concern. */
import type { Provider } from '../model/exchange.ts';

export interface WireCall {
  provider: Provider;
  /** Path and query as sent upstream. */
  path: string;
  status: number | undefined;
  /** Lower-case names; at least content-type and content-encoding, where they were sent. */
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  /** As on the wire, content-encoding included; undefined where not captured or not kept. */
  requestBody: Uint8Array | undefined;
  responseBody: Uint8Array | undefined;
  /** Whether the body is only the first part of what passed. */
  requestTruncated: boolean;
  responseTruncated: boolean;
}
