/** Conditions on where a call went, in Helicone's filters: the provider as rows show it, and the whole URL. */
import type { Filter } from '../../../model/filter.ts';
import { ALL, type Subject, type TextOperator, Unanswerable, holdsText, textFilter } from './filter-operators.ts';

/** Rows show upstreams in capitals, and Gemini by its vendor's name. */
export function providerFilter(operator: TextOperator, value: string): Filter {
  const given = value.toLowerCase();
  const subject = { field: 'upstream' } as unknown as Subject;
  const gemini: Filter = { field: 'upstream', equals: 'gemini' };
  if (operator.startsWith('not-')) return { not: providerFilter(operator.slice(4) as TextOperator, value) };
  const others = textFilter(subject, operator === 'ilike' && !value.includes('%') ? 'equals' : operator, given);
  const asGoogle = holdsText('google', operator, given);
  return asGoogle ? { or: [{ and: [others, { not: gemini }] }, gemini] } : { and: [others, { not: gemini }] };
}

/** A URL is an origin, kept with the upstream's base path as the target, and the path of the call. */
export function urlFilter(operator: TextOperator, value: string): Filter {
  if (operator.startsWith('not-')) return { not: urlFilter(operator.slice(4) as TextOperator, value) };
  const path = { field: 'path' } as unknown as Subject;
  const target = { field: 'target' } as unknown as Subject;
  if (operator === 'contains') return containsUrl(value);
  const found = /^(https?:\/\/[^/%]+)(\/.*)$/i.exec(value);
  if (found === null) {
    if (operator === 'equals') return textFilter(path, 'equals', value);
    const { before, text, after } = patternOfUrl(value);
    if (before && after) return containsUrl(text);
    throw new Unanswerable(
      'Write the pattern as %text%, or begin it with a whole origin such as https://api.openai.com/',
    );
  }
  const [, origin, rest] = found as unknown as [string, string, string];
  const there: Filter = {
    or: [
      { field: 'target', equals: origin },
      { ...target, gte: `${origin}/`, lt: `${origin}0` },
    ],
  };
  return { and: [textFilter(path, operator === 'ilike' ? 'like' : operator, rest), there] };
}

function patternOfUrl(pattern: string): { before: boolean; text: string; after: boolean } {
  // Underscores are common in URLs, and nobody means a wildcard by them there.
  const text = pattern.replaceAll(/^%+|%+$/g, '');
  if (text.includes('%')) throw new Unanswerable('A pattern with % in the middle is not read');
  return { before: pattern.startsWith('%'), text, after: pattern.endsWith('%') };
}

/** In the origin, in the path, or across the slash between them. */
function containsUrl(text: string): Filter {
  if (text === '') return ALL;
  const ways: Filter[] = [
    { field: 'path', contains: text },
    { field: 'target', contains: text },
  ];
  const slash = text.indexOf('/', text.indexOf('://') === -1 ? 0 : text.indexOf('://') + 3);
  if (slash > 0 && slash < text.length - 1)
    ways.push({
      and: [
        { field: 'target', contains: text.slice(0, slash) },
        { field: 'path', contains: text.slice(slash) },
      ],
    });
  return { or: ways };
}
