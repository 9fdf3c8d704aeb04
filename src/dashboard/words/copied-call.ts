/** A recorded call as a command and as code, to be sent again through the gateway. Keys are never in a log, and stand as a variable. */
import type { WholeLog } from '../../model/log-row.ts';

export function asCurl(log: WholeLog, origin: string): string {
  const body = bodyText(log);
  return [
    `curl ${quoted(`${origin}${addressOf(log)}`)}`,
    ...(log.method === 'GET' || (log.method === 'POST' && body !== undefined) ? [] : [`  -X ${log.method}`]),
    `  -H "Authorization: Bearer $OPENAI_API_KEY"`,
    ...(body === undefined ? [] : [`  -H "Content-Type: application/json"`, `  -d ${quoted(body)}`]),
  ].join(' \\\n');
}

/** With the `openai` package. Undefined for what it has no method of this form for. */
export function asOpenAiCode(log: WholeLog, origin: string): string | undefined {
  const { pathname } = new URL(log.path, 'http://localhost');
  const method = METHODS.find(([end]) => pathname.endsWith(end))?.[1];
  if (method === undefined || log.provider !== 'openai' || typeof log.requestBody !== 'object') return undefined;
  return [
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${JSON.stringify(`${origin}/${log.upstream}/v1`)} });`,
    `const answer = await client.${method}(${JSON.stringify(log.requestBody, null, 2)});`,
    '',
  ].join('\n');
}

const METHODS = [
  ['/chat/completions', 'chat.completions.create'],
  ['/responses', 'responses.create'],
  ['/embeddings', 'embeddings.create'],
] as const;

/** Below the name of its upstream: the path that went upstream, without the path of the upstream itself. */
function addressOf({ upstream, path, target }: WholeLog): string {
  const base = new URL(target).pathname.replace(/\/$/, '');
  return `/${upstream}${base !== '' && path.startsWith(base) ? path.slice(base.length) : path}`;
}

function bodyText({ requestBody }: WholeLog): string | undefined {
  if (requestBody == null) return undefined;
  return typeof requestBody === 'string' ? requestBody : JSON.stringify(requestBody);
}

/** For a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
