/** A trend in a table's cell. What it says stands in the columns beside. */

const WIDTH = 120;
const HEIGHT = 20;

export function Sparkline({ values }: { values: (number | null)[] }) {
  const given = values.filter((value) => value !== null);
  if (given.length < 2) return null;
  const low = Math.min(...given);
  const reach = Math.max(...given) - low || 1;
  let isBroken = true;
  const path = values
    .map((value, index) => {
      if (value === null) {
        isBroken = true;
        return '';
      }
      const x = (index / (values.length - 1)) * WIDTH;
      const y = 2 + (1 - (value - low) / reach) * (HEIGHT - 4);
      const step = `${isBroken ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
      isBroken = false;
      return step;
    })
    .join('');
  return (
    <svg aria-hidden viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className="h-5 w-30">
      <path d={path} fill="none" className="stroke-accent" strokeWidth={1.5} />
    </svg>
  );
}
