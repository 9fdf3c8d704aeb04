/**
 * Logs of calls that did not pass the proxy.
 *
 *     POST /{custom|oai|anthropic|googleapis}/v1/log   AsyncLogModel   -> 200 text `ok`, headers as on the proxy
 *
 * Directives stand in `providerRequest.meta` and are overridden by headers of the same name. 400 `{ error }` for what is
 * wrong or larger than 10 MB, 401 without a key. The answer comes when the log is recorded.
 */
import type { Exchange, Provider } from '../../../model/exchange.ts';
import { newId } from '../../../model/id.ts';
import { refuse, text } from '../../answers.ts';
import { tokenOf } from '../../access.ts';
import { LOG_BODY, readJson } from '../../body.ts';
import { problemText } from '../../problem-text.ts';
import type { ApiContext, ApiParts, Route } from '../../route.ts';
import { exchangeOf } from './async-exchange.ts';
import { type AsyncLog, asyncLogSchema } from './async-model.ts';

const KINDS: { segment: string; upstream: string; provider: Provider }[] = [
  { segment: 'custom', upstream: 'custom', provider: 'openai' },
  { segment: 'oai', upstream: 'openai', provider: 'openai' },
  { segment: 'anthropic', upstream: 'anthropic', provider: 'anthropic' },
  { segment: 'googleapis', upstream: 'gemini', provider: 'gemini' },
];

export function asyncLogRoutes(parts: ApiParts): Route[] {
  return KINDS.map(({ segment, upstream, provider }) => ({
    method: 'POST',
    path: `/${segment}/v1/log`,
    scope: 'ingest',
    errors: 'asyncLog',
    async handle(context) {
      const body = parse(await readJson(context, LOG_BODY));
      const id = newId();
      const pairs = directivePairs(body.providerRequest.meta, context);
      const { directives, ignored } = parts.readDirectives(pairs, id);
      if (ignored !== undefined) parts.metrics.ignoredDirectives.inc();
      const token = tokenOf(context);
      const exchange: Exchange = exchangeOf(body, {
        id,
        projectId: context.var.principal.projectId,
        upstream,
        provider,
        directives,
        credentials: token === undefined ? [] : [token],
        loggedResponseHeaders: parts.loggedResponseHeaders,
        nowMs: Date.now(),
      });
      await parts.record(exchange);
      const { requestId } = directives;
      const headers = { 'helicone-id': requestId, 'gradeway-id': requestId };
      return text('ok', 200, ignored === undefined ? headers : { ...headers, 'gradeway-ignored': ignored });
    },
  }));
}

function parse(body: unknown): AsyncLog {
  const parsed = asyncLogSchema.safeParse(body, { error: problemText });
  if (parsed.success) return parsed.data;
  refuse(
    new Map(parsed.error.issues.map(({ path, message }) => [['body', ...path].join('.').slice(0, 300), { message }])),
  );
  throw parsed.error;
}

/** Directives of the meta and of the headers, as pairs; a header replaces the meta's of the same name. */
function directivePairs(meta: Record<string, string>, context: ApiContext): string[] {
  const pairs: string[] = [];
  const { rawHeaders } = context.env.incoming;
  const inHeaders = new Set<string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]!.toLowerCase();
    if (!isDirective(name)) continue;
    inHeaders.add(name);
    pairs.push(name, rawHeaders[index + 1]!);
  }
  for (const [given, value] of Object.entries(meta)) {
    const name = given.toLowerCase();
    // Header values arrive as the latin1 reading of their bytes; the reader of directives undoes that for these too.
    if (isDirective(name) && !inHeaders.has(name)) pairs.push(name, Buffer.from(value).toString('latin1'));
  }
  return pairs;
}

function isDirective(name: string): boolean {
  return name.startsWith('helicone-') || name.startsWith('gradeway-');
}
