/**
 * The command line: which commands there are, and how wrong ones are answered. Each command stands in commands/.
 * Exit codes: 0 done, 1 forced by a second signal, those of verdicts in commands/run.ts, 64 wrong usage or settings, 69 store unusable, 70 our own mistake.
 */
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { nearest } from '../model/nearest.ts';
import { compareCommand } from './commands/compare.ts';
import { copyCommand } from './commands/copy.ts';
import { datasetCommand } from './commands/dataset.ts';
import { deadLettersCommand } from './commands/dead-letters.ts';
import { doctorCommand } from './commands/doctor.ts';
import { explainCommand } from './commands/explain.ts';
import { keysCommand } from './commands/keys.ts';
import { migrateCommand } from './commands/migrate.ts';
import { runCommand } from './commands/run.ts';
import { roleCommand } from './commands/serve.ts';
import { EXIT, endingOf } from './exit-code.ts';

/** Runs one command line; sets the process's exit code. Without a command it serves. */
export async function main(given: readonly string[]): Promise<void> {
  try {
    const program = createProgram();
    const known = program.commands.map((command) => command.name());
    const [first] = given;
    // Commander would hand a mistyped command to the default one as a surplus argument.
    if (first !== undefined && !first.startsWith('-') && ![...known, 'help'].includes(first)) {
      const meant = nearest(first, known);
      const hint = meant === undefined ? `Commands: ${known.join(', ')}.` : `Did you mean ${meant}?`;
      process.stderr.write(`gradeway: there is no command '${first}'. ${hint}\n`);
      process.exitCode = EXIT.usage;
      return;
    }
    await program.parseAsync(given, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
      return;
    }
    const { exitCode, message } = endingOf(error);
    process.stderr.write(`gradeway: ${message}\n`);
    process.exitCode = exitCode;
  }
}

function createProgram(): Command {
  const program = new Command('gradeway')
    .description('The gateway that grades your LLM traffic.')
    .version(version(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    // Behind a command its options count: --version of a dataset is not that of the program.
    .enablePositionalOptions()
    .showSuggestionAfterError()
    .showHelpAfterError('(--help lists what there is)')
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'gradeway:')) })
    .exitOverride()
    .addHelpText('after', '\nSettings come from the environment and gradeway.yaml; gradeway doctor lists them.');
  program.addCommand(roleCommand('serve', 'proxy, API and evaluations in one process (the default)'), {
    isDefault: true,
  });
  program.addCommand(roleCommand('gateway', 'proxy and API only'));
  program.addCommand(roleCommand('work', 'evaluations only'));
  program.addCommand(migrateCommand());
  program.addCommand(keysCommand());
  program.addCommand(deadLettersCommand());
  program.addCommand(doctorCommand());
  program.addCommand(explainCommand());
  program.addCommand(runCommand());
  program.addCommand(compareCommand());
  program.addCommand(datasetCommand());
  program.addCommand(copyCommand());
  for (const command of program.commands) inherit(command, program);
  return program;
}

/** Commander copies these to subcommands it makes itself, not to added ones. */
function inherit(command: Command, from: Command): void {
  command.copyInheritedSettings(from);
  for (const below of command.commands) inherit(below, command);
}

function version(): string {
  const url = new URL('../../package.json', import.meta.url);
  return (JSON.parse(readFileSync(url, 'utf8')) as { version: string }).version;
}
