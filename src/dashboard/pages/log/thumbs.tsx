/** Up or down: a person's `feedback`. */
import { ThumbsDown, ThumbsUp } from 'lucide-react';
import type { WholeLog } from '../../../model/log-row.ts';
import { Button } from '../../parts/button.tsx';

export function Thumbs({ log, onGive }: { log: WholeLog; onGive: (isGood: boolean) => void }) {
  const given = log.scores.find(({ name, source }) => name === 'feedback' && source === 'human')?.value;
  return (
    <>
      <Button
        look="quiet"
        size="icon"
        aria-label="Good answer"
        aria-pressed={given === true}
        onClick={() => onGive(true)}
      >
        <ThumbsUp aria-hidden className={given === true ? 'size-4 text-good' : 'size-4'} />
      </Button>
      <Button
        look="quiet"
        size="icon"
        aria-label="Bad answer"
        aria-pressed={given === false}
        onClick={() => onGive(false)}
      >
        <ThumbsDown aria-hidden className={given === false ? 'size-4 text-bad' : 'size-4'} />
      </Button>
    </>
  );
}
