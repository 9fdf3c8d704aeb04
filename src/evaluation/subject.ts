/** From a stored log to the subject that evaluators see: the row, and what is read from its bodies. */
import type { Log } from '../model/log.ts';
import { readCall } from '../providers/read-call.ts';
import type { StoredLog } from '../store/store.ts';

/** Never throws for a log that the store gave: what cannot be read is said in `parseError`. */
export function subjectOf(log: StoredLog): Log {
  const {
    requestBody: _request,
    responseBody: _response,
    requestHeaders: _requestHeaders,
    responseHeaders: _responseHeaders,
    requestSha256: _requestHash,
    responseSha256: _responseHash,
    propertiesDropped: _dropped,
    ...row
  } = log;
  const reading = readCall({ ...log, status: log.status ?? undefined });
  return {
    ...row,
    properties: Object.fromEntries(log.properties),
    toolCalls: reading.toolCalls,
    input: reading.input,
    output: reading.output,
    parseError: log.parseError ?? reading.parseError,
    requestBody: reading.requestBody,
    responseBody: reading.responseBody,
  };
}
