/** What a suite or a comparison came to, told: a table on standard output, reports into files, annotations on GitHub, the exit code. */
import { appendFile, writeFile } from 'node:fs/promises';
import { InvalidArgumentError, Option } from 'commander';
import type { SuiteReport } from '../offline/suite/report.ts';
import { REPORT_FORMATS, type ReportFormat, written } from '../offline/suite/write-reports.ts';
import { EXIT } from './exit-code.ts';
import { tableOf } from './run-table.ts';

export interface WantedReport {
  format: ReportFormat;
  path: string;
}

export const VERDICT_EXITS =
  '\nExit codes: 0 passed, 1 a regression is shown, 2 the data do not decide it, 3 it could not run, 64 wrong usage.';

const EXIT_CODES: Record<SuiteReport['verdict'], number> = {
  passed: EXIT.ok,
  regression: EXIT.regression,
  inconclusive: EXIT.inconclusive,
  could_not_run: EXIT.couldNotRun,
};

export function reportOption(): Option {
  const what = `also write a report: ${REPORT_FORMATS.join(', ')}; may be given several times`;
  return new Option('--report <format=file>', what).argParser(wanted).default([]);
}

export async function tellReport(done: SuiteReport, reports: readonly WantedReport[]): Promise<void> {
  process.stdout.write(tableOf(done));
  for (const { format, path } of reports) await writeFile(path, written(done, format));
  if (process.env.GITHUB_ACTIONS === 'true') {
    process.stdout.write(written(done, 'github'));
    const summary = process.env.GITHUB_STEP_SUMMARY;
    if (summary !== undefined) await appendFile(summary, written(done, 'markdown'));
  }
  process.exitCode = EXIT_CODES[done.verdict];
}

function wanted(text: string, before: unknown): WantedReport[] {
  const [format, ...path] = text.split('=');
  if (!REPORT_FORMATS.includes(format as ReportFormat) || path.join('=') === '')
    throw new InvalidArgumentError(`write it as FORMAT=FILE, with one of ${REPORT_FORMATS.join(', ')}.`);
  return [...(before as WantedReport[]), { format: format as ReportFormat, path: path.join('=') }];
}
