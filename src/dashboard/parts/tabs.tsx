/** Tabs of a page, of which the address names the open one; arrows go from one to the next. */
import { Link } from '@tanstack/react-router';
import { classNames } from './class-names.ts';

export interface TabsProps {
  label: string;
  /** What addresses call them, and what people read. */
  tabs: readonly (readonly [id: string, label: string])[];
  open: string;
}

export function Tabs({ label, tabs, open }: TabsProps) {
  return (
    <nav aria-label={label} className="flex gap-1">
      {tabs.map(([id, text]) => (
        <Link
          key={id}
          to="."
          search={(before: Record<string, unknown>) => ({ ...before, tab: id === tabs[0]![0] ? undefined : id })}
          aria-current={id === open ? 'page' : undefined}
          className={classNames(
            'flex h-7 items-center rounded-md px-2.5',
            id === open ? 'bg-accent-wash font-medium text-ink' : 'text-soft hover:bg-hover hover:text-ink',
          )}
        >
          {text}
        </Link>
      ))}
    </nav>
  );
}
