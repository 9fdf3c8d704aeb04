/** Puts a text on the clipboard, and says so. */
import { useState } from 'react';
import { Button, type ButtonLook } from './button.tsx';

export function CopyButton({ label, text, ...look }: { label: string; text: () => string } & ButtonLook) {
  const [said, setSaid] = useState<string>();
  return (
    <Button
      {...look}
      onClick={() => {
        void navigator.clipboard.writeText(text()).then(
          () => setSaid('Copied'),
          () => setSaid('Not allowed'),
        );
        setTimeout(() => setSaid(undefined), 1500);
      }}
    >
      <span aria-live="polite">{said ?? label}</span>
    </Button>
  );
}
