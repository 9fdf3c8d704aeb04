/** What a client asks of the gateway by `Helicone-*` or `Gradeway-*` headers, once read. */
import type { Properties } from './property.ts';

export interface Directives {
  /** The effective request id: the client's where it is a UUID, otherwise the log's own. */
  requestId: string;
  properties: Properties;
  /** Properties beyond the limits of `property.ts`: how many were dropped or cut. */
  propertiesDropped: number;
  userId: string | undefined;
  sessionId: string | undefined;
  sessionName: string | undefined;
  sessionPath: string | undefined;
  omitRequest: boolean;
  omitResponse: boolean;
  /** The model to log and price, in place of what the bodies say. */
  modelOverride: string | undefined;
  /** Ask the provider for usage in the stream (`stream_options.include_usage`). */
  streamUsage: boolean;
}
