/** From a score of a judge to the log of the judge's own call; nothing where none gave it. */
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { judgeLogQuery } from '../../api/logs.ts';

export function JudgeLog({ logId, evaluator }: { logId: string; evaluator: string }) {
  const found = useQuery(judgeLogQuery(logId, evaluator)).data?.logs[0];
  if (found === undefined) return null;
  return (
    <Link to="/logs/$id" params={{ id: found.id }} className="text-xs text-accent hover:underline">
      What the judge was asked, and answered
    </Link>
  );
}
