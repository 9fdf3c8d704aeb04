/** A dialog: the browser's own, which keeps the focus inside, closes by Escape and gives the focus back. */
import { X } from 'lucide-react';
import { type ReactNode, useEffect, useId, useRef } from 'react';
import { Button } from './button.tsx';

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  /** At the bottom: what can be done. */
  actions?: ReactNode;
  wide?: boolean;
}

/** Open as long as it is there. */
export function Dialog({ title, onClose, children, actions, wide = false }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  useEffect(() => {
    const dialog = element.current!;
    const opener = document.activeElement;
    dialog.showModal();
    return () => {
      dialog.close();
      if (opener instanceof HTMLElement) opener.focus();
    };
  }, []);
  return (
    <dialog
      ref={element}
      aria-labelledby={titleId}
      className={`${wide ? 'w-220' : 'w-130'} max-w-[calc(100vw-32px)] rounded-lg border border-line bg-raised p-0 shadow-pop`}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose();
      }}
    >
      <div className="flex items-center border-b border-line py-2 pr-2 pl-4">
        <h2 id={titleId} className="text-md font-semibold">
          {title}
        </h2>
        <Button look="quiet" size="icon" className="ml-auto" aria-label="Close" onClick={onClose}>
          <X aria-hidden className="size-4" />
        </Button>
      </div>
      <div className="max-h-[70vh] overflow-auto p-4">{children}</div>
      {actions === undefined ? null : (
        <div className="flex justify-end gap-2 border-t border-line px-4 py-3">{actions}</div>
      )}
    </dialog>
  );
}
