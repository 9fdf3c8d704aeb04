/** How far a run is: a bar that is redrawn on a terminal, a line now and then everywhere else. */
import type { Run, RunProgress } from '../model/run.ts';

interface Terminal {
  isTTY?: boolean;
  write(text: string): unknown;
}

export interface Progress {
  progress: (progress: RunProgress, run: Run) => void;
  /** Leaves the bar behind. */
  end: () => void;
}

const CELLS = 30;
const SAY_EVERY_MS = 5000;

export function progressShown(terminal: Terminal, now: () => number = () => performance.now()): Progress {
  let saidAtMs = Number.NEGATIVE_INFINITY;
  let last = '';
  const say = (line: string): void => {
    if (terminal.isTTY) terminal.write(`\r\u001b[2K${line}`);
    else terminal.write(`${line}\n`);
    last = line;
  };
  return {
    progress(progress, run) {
      // It has not begun yet.
      if (progress.outputs === 0) return;
      const line = lineOf(progress, run, terminal.isTTY === true);
      const isOver = run.endedAtMs !== null;
      if (line === last || (!terminal.isTTY && !isOver && now() - saidAtMs < SAY_EVERY_MS)) return;
      saidAtMs = now();
      say(line);
    },
    end() {
      if (terminal.isTTY && last !== '') terminal.write('\n');
    },
  };
}

function lineOf(
  { outputs, outputsThere, outputsFailed, evaluators, costUsd }: RunProgress,
  run: Run,
  bar: boolean,
): string {
  const names = run.spec.evaluators.length;
  const judged = Object.values(evaluators).reduce(
    (sum, counts) => sum + counts.scored + counts.abstained + counts.skipped + counts.failed,
    0,
  );
  const all = outputs + (outputs - outputsFailed) * names;
  const share = all === 0 ? 0 : (outputsThere + outputsFailed + judged) / all;
  const filled = Math.round(Math.min(1, share) * CELLS);
  const drawn = bar ? `${'█'.repeat(filled)}${'░'.repeat(CELLS - filled)} ` : '';
  const failed = outputsFailed === 0 ? '' : `, ${outputsFailed} failed`;
  const cost = costUsd === 0 ? '' : `, ${Number(costUsd.toPrecision(3))} USD`;
  return `${drawn}${outputsThere + outputsFailed} of ${outputs} outputs, ${judged} of ${(outputs - outputsFailed) * names} evaluations${failed}${cost}`;
}
