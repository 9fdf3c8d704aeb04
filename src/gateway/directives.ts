/**
 * What a client asks of the gateway by `Helicone-*` or `Gradeway-*` headers. Both prefixes mean the same; where both say
 * something different, Gradeway's counts. Whether the answer can be given (is the key known, is the target allowed) is
 * left to whoever asked.
 */
import type { Directives } from '../model/directives.ts';
import { isUuid } from '../model/id.ts';
import { isPropertyName, PROPERTY_LIMITS, propertyName, type Properties } from '../model/property.ts';

export interface DirectiveReading {
  directives: Directives;
  /** The Gradeway key of `-Auth: Bearer <key>`. */
  token: string | undefined;
  targetUrl: string | undefined;
  /** Names of directives that were sent and are not served, for the header Gradeway-Ignored. */
  ignored: string | undefined;
}

const PREFIX_LENGTH = 'helicone-'.length;
const PROPERTY = 'property-';

/** Helicone's directives that have no effect here; a name that ends in `-` stands for all that begin so. */
const NOT_SERVED = [
  'cache-',
  'experiment-',
  'fallbacks',
  'gateway-body-mapping',
  'increase-timeout',
  'jwt',
  'llm-security-',
  'lytix-',
  'manual-access-key',
  'moderations-enabled',
  'node-id',
  'openai-api-base',
  'org-id',
  'posthog-',
  'prompt-',
  'ratelimit-policy',
  'retry-',
  'stream-force-format',
  'token-limit-exception-handler',
  'webhook-enabled',
];

/** Reads the directives among a request's headers, given as lower-case name, value, name, value. `id` is the log's own. */
export function readDirectives(pairs: readonly string[], id: string): DirectiveReading {
  const properties: Properties = new Map();
  const directives: Directives = {
    requestId: id,
    properties,
    propertiesDropped: 0,
    userId: undefined,
    sessionId: undefined,
    sessionName: undefined,
    sessionPath: undefined,
    omitRequest: false,
    omitResponse: false,
    modelOverride: undefined,
    streamUsage: false,
  };
  const reading: DirectiveReading = { directives, token: undefined, targetUrl: undefined, ignored: undefined };
  if (pairs.length === 0) return reading;
  const sent = merge(pairs);
  for (const [name, value] of sent.all)
    apply(reading, name, value, sent.gradeway.has(name) ? 'gradeway-' : 'helicone-');
  return reading;
}

/** By name without prefix. The same name sent twice is one value joined by `, ` (RFC 9110, 5.3). */
function merge(pairs: readonly string[]): { all: Map<string, string>; gradeway: Map<string, string> } {
  const helicone = new Map<string, string>();
  const gradeway = new Map<string, string>();
  for (let index = 0; index < pairs.length; index += 2) {
    const side = pairs[index]!.startsWith('g') ? gradeway : helicone;
    const name = pairs[index]!.slice(PREFIX_LENGTH);
    const before = side.get(name);
    const value = decode(pairs[index + 1]!);
    side.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  for (const [name, value] of gradeway) helicone.set(name, value);
  return { all: helicone, gradeway };
}

function apply(reading: DirectiveReading, name: string, value: string, prefix: string): void {
  const { directives } = reading;
  if (name.startsWith(PROPERTY)) {
    setProperty(directives, name.slice(PROPERTY.length), value);
    return;
  }
  switch (name) {
    case 'auth':
      reading.token = /^bearer +(\S+)$/i.exec(value)?.[1];
      break;
    case 'target-url':
      reading.targetUrl = value;
      break;
    case 'request-id':
      if (isUuid(value)) directives.requestId = value;
      break;
    case 'user-id':
      directives.userId = present(value);
      break;
    case 'session-id':
      directives.sessionId = present(value);
      break;
    case 'session-name':
      directives.sessionName = present(value);
      break;
    case 'session-path':
      directives.sessionPath = present(value);
      break;
    case 'model-override':
      directives.modelOverride = present(value);
      break;
    // As at Helicone, only the exact `true` switches something on.
    case 'omit-request':
      directives.omitRequest = value === 'true';
      break;
    case 'omit-response':
      directives.omitResponse = value === 'true';
      break;
    case 'stream-usage':
      directives.streamUsage = value === 'true';
      break;
    default:
      if (NOT_SERVED.some((known) => (known.endsWith('-') ? name.startsWith(known) : name === known)))
        reading.ignored = (reading.ignored === undefined ? '' : `${reading.ignored}, `) + prefix + name;
  }
}

function setProperty(directives: Directives, rawName: string, value: string): void {
  const { properties } = directives;
  const name = propertyName(rawName);
  if (!isPropertyName(name) || properties.size >= PROPERTY_LIMITS.count) {
    directives.propertiesDropped += 1;
    return;
  }
  const kept = cut(value, PROPERTY_LIMITS.value);
  if (kept !== value) directives.propertiesDropped += 1;
  properties.set(name, kept);
}

function present(value: string): string | undefined {
  return value === '' ? undefined : value;
}

/** Never between the two halves of a character beyond U+FFFF. */
function cut(value: string, length: number): string {
  if (value.length <= length) return value;
  const last = value.charCodeAt(length - 1);
  return value.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Node reads header bytes as latin1; clients mostly mean UTF-8. */
function decode(value: string): string {
  if (!/[\u0080-\u00ff]/.test(value)) return value;
  try {
    return utf8.decode(Buffer.from(value, 'latin1'));
  } catch {
    return value;
  }
}
