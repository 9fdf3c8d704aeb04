/** How a command ends: its exit code, after sysexits(3), and what it says on standard error. */
import { withoutSecrets } from '../diagnostics.ts';
import { ERRORS, type ErrorCode, GatewayError } from '../errors.ts';

export const EXIT = {
  ok: 0,
  /** A second signal while shutting down. */
  forced: 1,
  /** Verdicts of gradeway run: something got worse, */
  regression: 1,
  /** the data do not decide it, */
  inconclusive: 2,
  /** or nothing could be measured. */
  couldNotRun: 3,
  /** Wrong usage or settings (EX_USAGE). */
  usage: 64,
  /** The store cannot be used (EX_UNAVAILABLE). */
  store: 69,
  /** Gradeway's own mistake (EX_SOFTWARE). */
  internal: 70,
} as const;

export interface Ending {
  exitCode: number;
  message: string;
}

/** What a failed command says, and its exit code. */
export function endingOf(error: unknown): Ending {
  const { code, address, port, message } = (error ?? {}) as Partial<
    NodeJS.ErrnoException & { address: string; port: number }
  >;
  // Told by its code and not by its class, which an error that came from another thread has lost.
  if (code !== undefined && Object.hasOwn(ERRORS, code))
    return { exitCode: codeOf(code as ErrorCode), message: withoutSecrets(message ?? code) };
  const where = `${address ?? 'the address'}${port === undefined ? '' : ` port ${port}`}`;
  switch (code ?? '') {
    case 'EADDRINUSE':
      return {
        exitCode: EXIT.usage,
        message: `${where} is in use; perhaps Gradeway runs already. End the other program, or set GRADEWAY_PORT to another port.`,
      };
    case 'EACCES':
      return {
        exitCode: EXIT.usage,
        message: `This user may not listen on ${where}. Set GRADEWAY_PORT to a port above 1023.`,
      };
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return {
        exitCode: EXIT.usage,
        message: `This machine has no address ${address ?? 'of this name'}. Set GRADEWAY_HOST to one it has, such as 127.0.0.1.`,
      };
    default:
      return {
        exitCode: EXIT.internal,
        message: withoutSecrets(error instanceof Error ? (error.stack ?? error.message) : String(error)),
      };
  }
}

function codeOf(code: ErrorCode): number {
  if (code === 'store_unusable' || code === 'store_unavailable') return EXIT.store;
  return code === 'invalid_setting' || code === 'invalid_evaluator' ? EXIT.usage : EXIT.internal;
}

/** What whoever called has to mend. */
export function wrongUsage(message: string, cause?: unknown): GatewayError {
  return new GatewayError('invalid_setting', { message, cause });
}

/** Work whose failures are its caller's to mend, whichever part found them, but for those of the store. `where` stands before what is wrong. */
export async function asUsage<Result>(where: string, work: Promise<Result>): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const { code, message, details } = error as Partial<GatewayError>;
    if (code === 'store_unavailable' || code === 'store_unusable') throw error;
    const places = Object.entries(details ?? {});
    // Of several mistakes each has its line.
    const lines = places.length > 1 ? places.map(([at, detail]) => `\n  ${at}: ${detail.message}`) : [];
    throw wrongUsage(`${where}${message}${lines.join('')}`, error);
  }
}
