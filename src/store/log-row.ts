/** A log as it is stored: its row, and its row with its bodies. What is read from the bodies is not here. */
import type { Ending } from '../model/ending.ts';
import type { Provider } from '../model/exchange.ts';
import type { Usage } from '../model/usage.ts';

/** A log's row, without what is read from its bodies. */
export interface LogRow {
  id: string;
  requestId: string;
  projectId: string;
  upstream: string;
  provider: Provider;
  target: string;
  method: string;
  path: string;
  modelAsked: string | null;
  modelAnswered: string | null;
  model: string | null;
  status: number | null;
  errorCode: string | null;
  ending: Ending;
  stream: boolean;
  startedAtMs: number;
  firstByteMs: number | null;
  firstTokenMs: number | null;
  durationMs: number;
  usage: Usage | null;
  costUsd: number | null;
  finishReason: string | null;
  userId: string | null;
  sessionId: string | null;
  sessionName: string | null;
  sessionPath: string | null;
  providerResponseId: string | null;
  requestSize: number;
  responseSize: number;
  requestTruncated: boolean;
  responseTruncated: boolean;
  requestOmitted: boolean;
  responseOmitted: boolean;
  requestSha256: string | null;
  responseSha256: string | null;
  /** Allow-listed headers of both sides. */
  requestHeaders: Record<string, string>;
  responseHeaders: Record<string, string>;
  propertiesDropped: number;
  parseError: string | null;
  /** Names in lower case. */
  properties: Map<string, string>;
}

/** A log with its raw bodies as they were on the wire; undefined where not stored. */
export interface StoredLog extends LogRow {
  requestBody: Uint8Array | undefined;
  responseBody: Uint8Array | undefined;
}
