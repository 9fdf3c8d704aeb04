/**
 * The dashboard's files, as `npm run build:dashboard` leaves them in dist/dashboard: one page for all of its addresses, and
 * assets whose names change with what is in them. Nothing of a project is in them, so they are open to everybody; what
 * they show, they ask of the API.
 *
 *     GET /, /logs, /logs/{id}, ...   the page (model/page-name.ts)
 *     GET /assets/{file}              a script, style or font
 */
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { GatewayError } from '../../errors.ts';
import { PAGE_NAMES } from '../../model/page-name.ts';
import type { ApiContext, Route } from '../route.ts';

/** The same from `src/` and from `dist/`. */
const FOLDER = join(import.meta.dirname, '../../../dist/dashboard');

// Nothing from elsewhere, no script in the page, no markup out of texts.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

const HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const TYPES: Record<string, string> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

const NOT_BUILT = `<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Gradeway</title>
<h1>The dashboard is not built</h1>
<p>The gateway runs. In its folder, <code>npm run build:dashboard</code> builds the dashboard; then reload this page.</p>
</html>
`;

/** `folder` is another place of the built files than the usual one. */
export function dashboardRoutes(folder = FOLDER): Route[] {
  const get = (path: string, handle: Route['handle']): Route => ({
    method: 'GET',
    path,
    scope: undefined,
    errors: 'own',
    handle,
  });
  const page = (context: ApiContext): Promise<Response> => pageOf(context, folder);
  return [
    get('/', page),
    ...PAGE_NAMES.flatMap((name) => [get(`/${name}`, page), get(`/${name}/:rest{.+}`, page)]),
    get('/assets/:file', (context) => assetOf(context, folder)),
  ];
}

async function pageOf({ req }: ApiContext, folder: string): Promise<Response> {
  const built = await readFile(join(folder, 'index.html'), 'utf8').catch(() => undefined);
  // Chosen before anything is drawn, so that a dark page does not begin with a white one.
  const theme = /(?:^|;\s*)gradeway-theme=(light|dark)(?:;|$)/.exec(req.header('cookie') ?? '')?.[1];
  const text = theme === undefined ? built : built?.replace('<html', `<html data-theme="${theme}"`);
  return new Response(text ?? NOT_BUILT, {
    status: text === undefined ? 503 : 200,
    headers: {
      ...HEADERS,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': POLICY,
      'cache-control': 'no-cache',
    },
  });
}

async function assetOf({ req }: ApiContext, folder: string): Promise<Response> {
  const file = req.param('file') ?? '';
  const type = TYPES[extname(file)];
  // A name of letters, digits, dots, hyphens: never a way out of the folder.
  if (type === undefined || !/^[\w-][\w.-]*$/.test(file)) throw new GatewayError('not_found');
  for (const [encoding, ending] of codingsOf(req.header('accept-encoding'))) {
    const bytes = await readFile(join(folder, 'assets', file + ending)).catch(() => undefined);
    if (bytes === undefined) continue;
    return new Response(bytes, {
      headers: {
        ...HEADERS,
        'content-type': type,
        'cache-control': 'public, max-age=31536000, immutable',
        vary: 'accept-encoding',
        ...(encoding === undefined ? {} : { 'content-encoding': encoding }),
      },
    });
  }
  throw new GatewayError('not_found');
}

/** What the client takes, best first, with the ending of the file that is compressed so. */
function codingsOf(accepted: string | undefined): [string | undefined, string][] {
  const taken = new Set(
    (accepted ?? '')
      .split(',')
      .map((one) => one.trim().toLowerCase())
      .filter((one) => !/;\s*q=0(\.0*)?$/.test(one))
      .map((one) => one.split(';')[0]!),
  );
  const codings: [string | undefined, string][] = [];
  if (taken.has('br')) codings.push(['br', '.br']);
  if (taken.has('gzip')) codings.push(['gzip', '.gz']);
  return [...codings, [undefined, '']];
}
