import type { ChartUnit } from './units.ts'
import { formatUnit } from './units.ts'

export interface HeatCell {
  row: string
  column: string
  value: number
}

interface HeatMapProps {
  title: string
  /** Units and time zone, in words. */
  note: string
  rowName: string
  rows: string[]
  columns: string[]
  cells: HeatCell[]
  unit: ChartUnit
  /** The number in a cell: short, since two dozen stand beside each other. */
  format: (value: number) => string
}

// Text on each has 4.5:1 or more, in both themes.
const levels = ['bg-sunken text-muted', 'bg-accent/12', 'bg-accent/25', 'bg-accent/42', 'bg-accent text-on-accent'] as const

/** Nothing, then a quarter of the greatest each. */
const levelOf = (value: number, greatest: number): number => (value > 0 ? Math.max(1, Math.ceil((value / greatest) * 4)) : 0)

/** A table whose cells are the darker the more they hold; the numbers stand in them, so it needs no other form. */
export function HeatMap({ title, note, rowName, rows, columns, cells, unit, format }: HeatMapProps) {
  const values = new Map(cells.map(({ row, column, value }) => [`${row} ${column}`, value]))
  const greatest = Math.max(0, ...cells.map(({ value }) => value))
  return (
    <figure className="card min-w-0 p-5 sm:p-6">
      <figcaption className="mb-4">
        <h2 className="text-lg font-bold">{title}</h2>
        <p className="mt-1 text-sm text-muted">{note}</p>
      </figcaption>
      <div className="overflow-x-auto" role="region" aria-label={`${title}: table`} tabIndex={0}>
        <table className="tabular w-full min-w-[56rem] table-fixed border-separate border-spacing-0.5 text-center text-xs">
          <thead className="text-muted">
            <tr>
              <th scope="col" className="sticky left-0 w-12 bg-surface text-left font-semibold">
                {rowName}
              </th>
              {columns.map((column) => (
                <th key={column} scope="col" className="font-semibold">
                  {column}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={row}>
                <th scope="row" className="sticky left-0 bg-surface text-left font-semibold text-muted">
                  {row}
                </th>
                {columns.map((column) => {
                  const value = values.get(`${row} ${column}`)
                  if (value === undefined)
                    return (
                      <td key={column} title={`${row} ${column}: not in this time`} className="h-9 text-muted">
                        –
                      </td>
                    )
                  return (
                    <td
                      key={column}
                      title={`${row} ${column}: ${formatUnit(unit, value)}`}
                      className={`h-9 rounded-sm ${levels[levelOf(value, greatest)] ?? ''}`}
                    >
                      {format(value)}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p aria-hidden className="mt-3 flex items-center gap-1.5 text-xs text-muted">
        Less
        {levels.map((look) => (
          <span key={look} className={`size-4 rounded-sm border border-line ${look}`} />
        ))}
        More
      </p>
    </figure>
  )
}
