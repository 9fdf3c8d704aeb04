/** Scores of a log: who gave them and why, what was printed; thumbs, and a score by hand. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { GivenEvaluation, GivenScore, WholeLog } from '../../../model/log-row.ts';
import { giveScore, takeScoreBack } from '../../api/logs.ts';
import { Button } from '../../parts/button.tsx';
import { Panel } from '../../parts/panel.tsx';
import { ScoreCell } from '../../parts/score-cell.tsx';
import { durationText } from '../../words/number.ts';
import { timeText, wholeTimeText } from '../../words/time.ts';
import { GiveScore } from './give-score.tsx';
import { JudgeLog } from './judge-log.tsx';
import { Thumbs } from './thumbs.tsx';

export interface LogScoresProps {
  log: WholeLog;
  /** Which way is good, by name of the evaluator. */
  better: ReadonlyMap<string, 'higher' | 'lower' | null>;
}

export function LogScores({ log, better }: LogScoresProps) {
  const client = useQueryClient();
  const give = useMutation({
    mutationFn: ({ name, value, reason = null }: Pick<GivenScore, 'name' | 'value'> & { reason?: string | null }) =>
      giveScore(log.id, name, value, reason),
    onSuccess: () => client.invalidateQueries({ queryKey: ['logs'] }),
  });
  const scores = log.scores.toSorted((one, other) => (one.name < other.name ? -1 : 1));
  return (
    <Panel title="Scores" actions={<Thumbs log={log} onGive={(value) => give.mutate({ name: 'feedback', value })} />}>
      {scores.length === 0 ? <p className="px-4 pt-3 text-soft">None yet.</p> : null}
      <ul>
        {scores.map((score) => (
          <Score
            key={`${score.name} ${score.source} ${score.evaluator}`}
            log={log}
            score={score}
            better={better.get(score.evaluator ?? '')}
            evaluation={log.evaluations.find(({ evaluator }) => evaluator === score.evaluator)}
          />
        ))}
      </ul>
      <GiveScore isGiving={give.isPending} onGive={give.mutate} problem={give.error?.message} />
    </Panel>
  );
}

interface ScoreProps {
  log: WholeLog;
  score: GivenScore;
  better: 'higher' | 'lower' | null | undefined;
  evaluation: GivenEvaluation | undefined;
}

function Score({ log, score, better, evaluation }: ScoreProps) {
  const { name, value, reason, source, evaluator, evaluatorVersion, durationMs, atMs } = score;
  const client = useQueryClient();
  const takeBack = useMutation({
    mutationFn: () => takeScoreBack(log.id, name, source === 'human' ? 'human' : 'api'),
    onSuccess: () => client.invalidateQueries({ queryKey: ['logs'] }),
  });
  const by =
    evaluator === null
      ? source === 'human'
        ? 'a person'
        : 'the API'
      : `${evaluator} ${evaluatorVersion?.slice(0, 8) ?? ''}`;
  return (
    <li className="border-b border-line px-4 py-2">
      <div className="flex items-center gap-2">
        <span className="font-medium">{name}</span>
        <ScoreCell value={value} better={better} />
        <span className="ml-auto text-xs text-soft" title={wholeTimeText(atMs)}>
          {by}, {timeText(atMs)}
          {durationMs === null ? '' : `, ${durationText(durationMs)}`}
        </span>
        {evaluator === null ? (
          <Button
            look="quiet"
            aria-label={`Take ${name} back`}
            disabled={takeBack.isPending}
            onClick={() => takeBack.mutate()}
          >
            Take back
          </Button>
        ) : null}
      </div>
      {reason === null ? null : <p className="mt-1 break-words text-soft">{reason}</p>}
      {evaluation === undefined || evaluation.printed === '' ? null : (
        <details className="mt-1">
          <summary className="text-xs text-soft">Printed</summary>
          <pre className="mt-1 max-h-60 overflow-auto rounded-md bg-page p-2 font-mono text-xs whitespace-pre-wrap">
            {evaluation.printed}
          </pre>
        </details>
      )}
      {evaluator === null ? null : <JudgeLog logId={log.id} evaluator={evaluator} />}
    </li>
  );
}
