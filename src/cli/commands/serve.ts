/**
 * `gradeway serve|gateway|work`: starts a role and ends it well. States: starting -> running -> draining -> gone. The first
 * SIGTERM, SIGINT or SIGHUP (its terminal was closed) drains and exits with 0, also while starting; the second exits with 1
 * at once.
 */
import { Command } from 'commander';
import type { Role } from '../../compose.ts';
import { type Logger, createLogger } from '../../diagnostics.ts';
import { EXIT, endingOf } from '../exit-code.ts';
import { greeting } from '../greeting.ts';
import { settingsHere } from './settings.ts';

export function roleCommand(role: Role, description: string): Command {
  return new Command(role).description(description).action(() => run(role));
}

async function run(role: Role): Promise<void> {
  surviveBrokenOutput();
  const config = settingsHere();
  const asked = stopSignal();
  const logger = createLogger(config.logLevel);
  const die = deathBy(logger);
  process.on('uncaughtException', die);
  process.on('unhandledRejection', die);
  // Loaded here, so that the other commands start without the whole gateway.
  const { startGradeway } = await import('../../compose.ts');
  const running = await startGradeway(config, { role, logger });
  process.stdout.write(greeting(config, running));
  // A part that died and cannot be replaced ends the process as an error of ours; closing would wait for that part.
  running.fault.catch(die);
  await asked;
  await running.close();
  // Whatever may still hold the process, such as a client's idle connection: it is drained, so it ends.
  process.exit(EXIT.ok);
}

/** A reader that went away or a full disk behind our output is no reason to stop proxying: what cannot be written is dropped. */
function surviveBrokenOutput(): void {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

/** Resolves at the first signal; from then on another one ends the process. */
function stopSignal(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  let signals = 0;
  const listen = (): void => {
    signals += 1;
    if (signals > 1) process.exit(EXIT.forced);
    process.stderr.write('gradeway: finishing what runs; another signal ends it at once\n');
    resolve();
  };
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, listen);
  return promise;
}

/** After an error that nobody caught, the process's state is unknown: it says so and ends, and is started anew. */
function deathBy(logger: Logger): (error: unknown) => void {
  return (error) => {
    logger.fatal({ err: error }, 'the process ends after an error that nothing could handle');
    const { exitCode, message } = endingOf(error);
    process.stderr.write(`gradeway: ${message}\n`);
    process.exit(exitCode);
  };
}
