import type { ReactNode } from 'react'

export interface Column<T> {
  header: string
  cell: (row: T) => ReactNode
  /** Numbers stand right, under each other. */
  isNumber?: boolean
  /** Left out on phones, where the row says it elsewhere or nobody needs it. */
  isWideOnly?: boolean
}

interface DataTableProps<T> {
  /** What the table is, for those who do not see where it stands. */
  caption: string
  columns: Column<T>[]
  rows: T[]
  keyOf: (row: T) => string
}

/** A table that scrolls by itself where it is wider than the screen. */
export function DataTable<T>({ caption, columns, rows, keyOf }: DataTableProps<T>) {
  const classOf = ({ isNumber, isWideOnly }: Column<T>) =>
    `px-4 py-3 ${isNumber ? 'tabular text-right' : 'text-left'} ${isWideOnly ? 'hidden md:table-cell' : ''}`
  return (
    <div className="card overflow-x-auto" role="region" aria-label={caption} tabIndex={0}>
      <table className="w-full border-collapse text-[0.9375rem]">
        <caption className="sr-only">{caption}</caption>
        <thead className="border-b border-line text-[0.8125rem] text-muted">
          <tr>
            {columns.map((column) => (
              <th key={column.header} scope="col" className={`font-semibold ${classOf(column)}`}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {rows.map((row) => (
            <tr key={keyOf(row)} className="hover:bg-sunken/60">
              {columns.map((column) => (
                <td key={column.header} className={`align-middle ${classOf(column)}`}>
                  {column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
