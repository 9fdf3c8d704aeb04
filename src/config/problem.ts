/** One thing that is wrong with the settings, and the error that names all of them at once. */
import { GatewayError } from '../errors.ts';

export interface Problem {
  /** Where: a variable, or file, line and column. */
  at: string;
  message: string;
}

/** A value as a message quotes it: on one line, short, and without the password of a URL. */
export function quoted(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  // oxlint-disable-next-line no-control-regex -- control characters are what is replaced
  const line = text.replaceAll(/[\u0000-\u001f\u007f]/g, ' ').replaceAll(/\/\/[^/\s]*@/g, '//[secret]@');
  return line.length > 80 ? `${line.slice(0, 77)}...` : line;
}

export function settingsError(problems: readonly Problem[]): GatewayError {
  const lines = problems.map(({ at, message }) => `  ${at}: ${message}`);
  const count = problems.length === 1 ? 'this setting is wrong' : `these ${problems.length} settings are wrong`;
  return new GatewayError('invalid_setting', {
    message: `Gradeway does not start, because ${count}:\n${lines.join('\n')}`,
    details: Object.fromEntries(problems.map(({ at, message }) => [at, { message }])),
  });
}
