/** A score by hand: true, false, a number or a category, by what is typed. */
import { useState } from 'react';
import type { ScoreValue } from '../../../model/score.ts';
import { Button } from '../../parts/button.tsx';
import { Input } from '../../parts/input.tsx';

export interface GiveScoreProps {
  isGiving: boolean;
  problem: string | undefined;
  onGive: (score: { name: string; value: ScoreValue; reason: string | null }) => void;
}

export function GiveScore({ isGiving, problem, onGive }: GiveScoreProps) {
  const [name, setName] = useState('');
  const [value, setValue] = useState('');
  const [reason, setReason] = useState('');
  return (
    <form
      aria-label="Give a score"
      className="flex flex-wrap items-center gap-2 px-4 py-3"
      onSubmit={(event) => {
        event.preventDefault();
        onGive({ name, value: valueOf(value), reason: reason || null });
        setValue('');
        setReason('');
      }}
    >
      <Input
        required
        aria-label="Name of the score"
        placeholder="score"
        className="w-28"
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <Input
        required
        aria-label="Its value"
        placeholder="true, 0.8, polite"
        className="w-32"
        value={value}
        onChange={({ target }) => setValue(target.value)}
      />
      <Input
        aria-label="Why"
        placeholder="why (may be empty)"
        className="min-w-28 flex-1"
        value={reason}
        onChange={({ target }) => setReason(target.value)}
      />
      <Button type="submit" disabled={isGiving}>
        Give
      </Button>
      {problem === undefined ? null : (
        <p role="alert" className="w-full text-bad">
          {problem}
        </p>
      )}
    </form>
  );
}

export function valueOf(text: string): ScoreValue {
  const trimmed = text.trim();
  if (/^(true|false)$/i.test(trimmed)) return trimmed.toLowerCase() === 'true';
  return trimmed !== '' && Number.isFinite(Number(trimmed)) ? Number(trimmed) : trimmed;
}
