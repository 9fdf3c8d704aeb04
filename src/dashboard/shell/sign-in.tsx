/** Signing in by a key. The key goes to the gateway once, and is kept nowhere here. */
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { sessionQuery, signIn } from '../api/session.ts';
import { Button } from '../parts/button.tsx';
import { Input } from '../parts/input.tsx';

export function SignIn() {
  const client = useQueryClient();
  const [key, setKey] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      client.setQueryData(sessionQuery.queryKey, await signIn(key));
      await client.invalidateQueries();
    } catch (error) {
      setProblem((error as Error).message);
    }
    setBusy(false);
  };
  return (
    <main className="grid h-full place-items-center p-4">
      <form
        className="w-90 max-w-full rounded-lg border border-line bg-panel p-6"
        onSubmit={(event) => void submit(event)}
      >
        <h1 className="text-md font-semibold">Sign in to Gradeway</h1>
        <p className="mt-1 text-soft">
          With a key of this gateway. <code className="font-mono text-xs">gradeway keys create</code> makes one.
        </p>
        <label className="mt-4 block">
          <span className="font-medium">Key</span>
          <Input
            className="mt-1 w-full font-mono"
            type="password"
            autoFocus
            autoComplete="current-password"
            spellCheck={false}
            value={key}
            aria-invalid={problem !== undefined}
            aria-describedby="sign-in-problem"
            onChange={(event) => setKey(event.target.value)}
          />
        </label>
        <p id="sign-in-problem" role="alert" className="mt-2 min-h-5 text-bad">
          {problem}
        </p>
        <Button look="strong" type="submit" className="mt-2 w-full" disabled={busy || key === ''}>
          Sign in
        </Button>
      </form>
    </main>
  );
}
