/**
 * The API's own description: the OpenAPI document, and a page to read it and try it. The page's files come from
 * swagger-ui-dist and from here, nothing from elsewhere: it works without a network, and its policy lets nothing else in.
 *
 *     GET /api/openapi.json, /api/docs, /api/docs/{file}   open to everybody, as the README is
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { GatewayError } from '../../../errors.ts';
import { json } from '../../answers.ts';
import type { DescribedRoute } from '../../described-route.ts';
import { openApiDocument } from '../../openapi.ts';
import type { Route } from '../../route.ts';

// Styles are set by the page's own script; a style cannot send anything anywhere under this policy.
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>Gradeway API</title>
    <link rel="stylesheet" href="/api/docs/swagger-ui.css">
    <link rel="icon" href="data:,">
  </head>
  <body>
    <main id="document"></main>
    <script src="/api/docs/swagger-ui-bundle.js"></script>
    <script src="/api/docs/start.js"></script>
  </body>
</html>
`;

// Without validatorUrl the page would show the document's address to a service on the internet.
const START = `SwaggerUIBundle({
  url: '/api/openapi.json',
  domNode: document.getElementById('document'),
  validatorUrl: null,
  deepLinking: true,
  tryItOutEnabled: true,
  persistAuthorization: false,
  defaultModelsExpandDepth: 0,
});
`;

const SCRIPT = 'text/javascript; charset=utf-8';
const FILES: Record<string, string> = { 'swagger-ui.css': 'text/css; charset=utf-8', 'swagger-ui-bundle.js': SCRIPT };

export function docsRoutes(described: readonly DescribedRoute[], version: string): Route[] {
  let document: unknown;
  const folder = (): string => dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  return [
    {
      method: 'GET',
      path: '/api/openapi.json',
      scope: undefined,
      errors: 'own',
      handle: () => json((document ??= openApiDocument(described, version))),
    },
    {
      method: 'GET',
      path: '/api/docs',
      scope: undefined,
      errors: 'own',
      handle: () => page(PAGE, 'text/html; charset=utf-8'),
    },
    {
      method: 'GET',
      path: '/api/docs/:file',
      scope: undefined,
      errors: 'own',
      async handle(context) {
        const file = context.req.param('file') ?? '';
        if (file === 'start.js') return page(START, SCRIPT);
        // Only names of the table are ever part of a path.
        if (!Object.hasOwn(FILES, file)) throw new GatewayError('not_found');
        return page(await readFile(join(folder(), file)), FILES[file]!);
      },
    },
  ];
}

function page(body: string | Buffer<ArrayBuffer>, type: string): Response {
  return new Response(body, {
    headers: {
      'content-type': type,
      'content-security-policy': POLICY,
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'cache-control': 'no-cache',
    },
  });
}
