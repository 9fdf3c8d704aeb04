/** What a started process tells its operator: where it is, what it loaded, and how to send a first call. */
import type { Config } from '../config.ts';
import { shownDatabase } from '../config/database-url.ts';

export interface Started {
  /** Undefined where the process listens nowhere. */
  url: string | undefined;
  evaluators: readonly { name: string }[];
  /** Evaluator files that do not load. */
  problems: readonly { file: string; message: string }[];
}

export function greeting(config: Config, { url, evaluators, problems }: Started): string {
  const lines = ['', url === undefined ? 'Gradeway works on evaluations' : `Gradeway listens on ${url}`, ''];
  lines.push(`  database    ${shownDatabase(config.database.url)}`);
  const names = evaluators.map(({ name }) => name).join(', ');
  lines.push(`  evaluators  ${names === '' ? `none in ${config.evaluators.folder}` : names}`);
  for (const { file, message } of problems) lines.push(`  not loaded  ${file}: ${oneLine(message)}`);
  if (url !== undefined)
    lines.push(
      '',
      'Send a first call:',
      '',
      `  curl ${url}/v1/chat/completions \\`,
      `    -H "Authorization: Bearer $OPENAI_API_KEY" -H "Content-Type: application/json" \\`,
      `    -d '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"Hello"}]}'`,
      '',
      `Or give your application baseURL ${url}/v1; the header Helicone-Id of each answer names its log:`,
      `  ${url}/v1/request/<id>`,
    );
  return `${lines.join('\n')}\n\n`;
}

function oneLine(text: string): string {
  return text.split('\n')[0]!.slice(0, 300);
}
