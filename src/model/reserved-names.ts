/** First segments of Gradeway's own paths: no upstream is called so, and none is reached by them. */
import { PAGE_NAMES } from './page-name.ts';

export const RESERVED_NAMES = [
  'v1',
  'api',
  'healthz',
  'readyz',
  'metrics',
  'custom',
  'oai',
  'googleapis',
  'dashboard',
  'assets',
  'docs',
  'openapi',
  ...PAGE_NAMES,
] as const;

export function isReserved(name: string): boolean {
  return (RESERVED_NAMES as readonly string[]).includes(name);
}
