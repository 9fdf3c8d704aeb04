import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiRoutes } from '../../src/api/app.ts';
import type { DescribedRoute } from '../../src/api/described-route.ts';
import { type ServedApi, serveApi } from './served-api.ts';

interface Document {
  openapi: string;
  paths: Record<string, Record<string, { operationId: string; parameters: { name: string; in: string }[] }>>;
  components: { schemas: Record<string, unknown> };
}

describe('the OpenAPI document', () => {
  let api: ServedApi;
  let document: Document;
  beforeAll(async () => {
    api = await serveApi();
    document = (await api.call('GET', '/api/openapi.json')).json as Document;
  });
  afterAll(() => api.close());

  it('is valid OpenAPI 3.1, all its references included', async () => {
    const result = await new Validator().validate(structuredClone(document) as never);
    expect(result.errors ?? []).toEqual([]);
    expect([result.valid, document.openapi]).toEqual([true, '3.1.1']);
    for (const [, name] of JSON.stringify(document).matchAll(/"\$ref":"([^"]*)"/g)) {
      expect(name).toMatch(/^#\/components\/schemas\//);
      expect(Object.keys(document.components.schemas)).toContain(name!.split('/').at(-1));
    }
  });

  it('is refused by the validator when something is wrong with it', async () => {
    expect((await new Validator().validate({ ...document, paths: { x: 1 } })).valid).toBe(false);
  });

  it('has every route of /api/v1 once, with its parameters', () => {
    const routes = apiRoutes(api.parts).filter(({ path }) => path.startsWith('/api/v1/')) as DescribedRoute[];
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(routes.length).toBeGreaterThan(3);
    expect(described.toSorted()).toEqual(
      routes.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`).toSorted(),
    );
    const ids = Object.values(document.paths).flatMap((one) =>
      Object.values(one).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
    for (const [path, operations] of Object.entries(document.paths))
      for (const { parameters } of Object.values(operations))
        expect(parameters.filter((one) => one.in === 'path').map(({ name }) => name)).toEqual(
          [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
        );
  });

  it('says what a filter is', () => {
    expect(JSON.stringify(document.components.schemas['Filter'])).toContain('"#/components/schemas/Filter"');
  });
});

describe('the page of the API', () => {
  let api: ServedApi;
  beforeAll(async () => {
    api = await serveApi();
  });
  afterAll(() => api.close());

  it('brings all that it needs along, and lets nothing else in', async () => {
    const page = await api.call('GET', '/api/docs');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    const policy = page.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/https?:|unsafe-eval|script-src[^;]*unsafe/);
    const files = [...page.text.matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path!);
    expect(files).toHaveLength(3);
    for (const file of files) {
      const { status, headers, text } = await api.call('GET', file);
      expect([file, status, text.length > 100]).toEqual([file, 200, true]);
      expect(headers.get('content-type')).toMatch(/^text\/(css|javascript)/);
    }
    expect(page.text).not.toMatch(/https?:\/\//);
  });

  it.each(['index.html', 'package.json', '..%2fpackage.json', '%2e%2e%2fabsolute-path.js', '__proto__', 'constructor'])(
    'answers no other file: %s',
    async (file) => {
      const answer = await api.call('GET', `/api/docs/${file}`);
      expect([answer.status, answer.json]).toEqual([
        404,
        { error: { code: 'not_found', message: 'There is nothing here.' } },
      ]);
    },
  );
});
