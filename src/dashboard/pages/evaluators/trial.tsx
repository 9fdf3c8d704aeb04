/** Trying an evaluator on the newest logs: what came of each, what was printed and asked, what it cost. */
import { Link } from '@tanstack/react-router';
import type { UseMutationResult } from '@tanstack/react-query';
import type { Tried } from '../../../model/shown-evaluator.ts';
import { Badge } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { ScoreCell } from '../../parts/score-cell.tsx';
import { Failure } from '../../parts/states.tsx';
import { durationText, moneyText } from '../../words/number.ts';

export interface TrialProps {
  trial: UseMutationResult<{ results: Tried[] }, Error, void>;
  run: () => void;
}

export function Trial({ trial, run }: TrialProps) {
  const results = trial.data?.results;
  return (
    <section aria-label="Trial" className="flex min-w-0 flex-col rounded-lg border border-line bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="font-medium">Trial</h2>
        <span className="text-soft">Nothing of it is stored.</span>
        <Button className="ml-auto" disabled={trial.isPending} onClick={run}>
          {trial.isPending ? 'Running…' : 'Run on the last 5 logs'}
        </Button>
      </header>
      {trial.isError ? <Failure error={trial.error} /> : null}
      {results === undefined ? (
        trial.isError ? null : (
          <p className="p-4 text-soft">See what it says before it is saved.</p>
        )
      ) : results.length === 0 ? (
        <p className="p-4 text-soft">There are no logs yet. Send a call through the gateway first.</p>
      ) : (
        <ul aria-live="polite">
          {results.map((result, index) => (
            // They stay in their order.
            <Result key={result.logId ?? index} result={result} />
          ))}
        </ul>
      )}
    </section>
  );
}

const TONES = { scored: 'good', abstained: 'plain', skipped: 'plain', failed: 'bad' } as const;

function Result({
  result: { logId, outcome, scores, code, reason, printed, rendered, costUsd, durationMs },
}: {
  result: Tried;
}) {
  return (
    <li className="border-b border-line px-4 py-2 last:border-b-0">
      <div className="flex flex-wrap items-center gap-2">
        <Badge tone={TONES[outcome]}>{outcome}</Badge>
        {scores.map(({ name, value }) => (
          <span key={name} className="flex items-center gap-1">
            {scores.length > 1 ? <span className="text-soft">{name}</span> : null}
            <ScoreCell value={value} />
          </span>
        ))}
        {code === null ? null : <code className="font-mono text-xs text-bad">{code}</code>}
        <span className="ml-auto text-xs text-soft">
          {durationText(durationMs)}
          {costUsd === null ? null : `, ${moneyText(costUsd)}`}
        </span>
        {logId === null ? null : (
          <Link to="/logs/$id" params={{ id: logId }} className="text-xs text-accent hover:underline">
            log
          </Link>
        )}
      </div>
      {[reason, ...scores.map((score) => score.reason)].map((said, index) =>
        said == null ? null : (
          // They have no other name.
          <p key={index} className="mt-1 break-words text-soft">
            {said}
          </p>
        ),
      )}
      <Folded title="Printed" text={printed} />
      <Folded title="What the model was asked" text={rendered ?? ''} />
    </li>
  );
}

function Folded({ title, text }: { title: string; text: string }) {
  if (text === '') return null;
  return (
    <details className="mt-1">
      <summary className="text-xs text-soft">{title}</summary>
      <pre className="mt-1 max-h-60 overflow-auto rounded-md bg-page p-2 font-mono text-xs whitespace-pre-wrap">
        {text}
      </pre>
    </details>
  );
}
