/** How values are distributed; a bar that is clicked leads to its logs. The bars are buttons, so that the keyboard reaches them. */
import { countText, percentText } from '../words/number.ts';

export interface HistogramBar {
  /** What its values are. */
  label: string;
  count: number;
  onOpen: () => void;
}

export function HistogramChart({ label, bars }: { label: string; bars: HistogramBar[] }) {
  const most = Math.max(...bars.map(({ count }) => count), 1);
  const total = bars.reduce((sum, { count }) => sum + count, 0);
  return (
    <div role="group" aria-label={label} className="flex h-56 items-stretch gap-px px-4 pt-3">
      {bars.map(({ label: text, count, onOpen }) => (
        <button
          key={text}
          type="button"
          title={`${text}: ${countText(count)} (${percentText(count / total)})`}
          aria-label={`${text}: ${countText(count)} logs`}
          className="group flex min-w-2 flex-1 flex-col justify-end"
          onClick={onOpen}
        >
          <span
            aria-hidden
            className="rounded-t-sm bg-accent/70 group-hover:bg-accent"
            style={{ height: `${(count / most) * 80}%`, minHeight: count > 0 ? 2 : 0 }}
          />
          <span aria-hidden className="w-full truncate border-t border-line py-1 text-center text-xs text-soft">
            {text}
          </span>
        </button>
      ))}
    </div>
  );
}
