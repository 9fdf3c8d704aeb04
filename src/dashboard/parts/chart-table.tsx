/** The numbers of a chart as a table, behind it: for those who do not see it, and who want them exactly. */
export interface ChartTableProps {
  label: string;
  heads: string[];
  rows: string[][];
}

export function ChartTable({ label, heads, rows }: ChartTableProps) {
  return (
    <details className="px-4 pb-2">
      <summary className="text-xs text-soft">As a table</summary>
      <div tabIndex={0} role="region" aria-label={label} className="mt-1 max-h-60 overflow-auto">
        <table className="w-full text-xs">
          <thead>
            <tr className="text-left text-soft">
              {heads.map((head, index) => (
                <th
                  key={head}
                  scope="col"
                  className={index === 0 ? 'py-0.5 font-medium' : 'py-0.5 text-right font-medium'}
                >
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((cells) => (
              <tr key={cells[0]} className="border-t border-line">
                {cells.map((cell, index) => (
                  // Columns stay in their order.
                  <td key={index} className={index === 0 ? 'py-0.5' : 'py-0.5 text-right'}>
                    {cell}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
