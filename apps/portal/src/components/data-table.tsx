import type { ReactNode } from 'react'

export interface Column<T> {
  header: string
  cell: (row: T) => ReactNode
  /** Numbers stand right, under each other. */
  isNumber?: boolean
  /** Left out on phones, where the row says it elsewhere or nobody needs it. */
  isWideOnly?: boolean
  /** Says by itself what it is: where rows become blocks it goes without its header. */
  isBare?: boolean
}

interface DataTableProps<T> {
  /** What the table is, for those who do not see where it stands. */
  caption: string
  columns: Column<T>[]
  rows: T[]
  keyOf: (row: T) => string
  /** Rows become blocks on phones: for those with controls in several cells, to which nobody scrolls sideways. */
  isStacking?: boolean
}

/** A table that scrolls by itself where it is wider than the screen. */
export function DataTable<T>({ caption, columns, rows, keyOf, isStacking = false }: DataTableProps<T>) {
  const look = isStacking ? stacking : plain
  // Written out where needed: a table that is laid out as blocks is none to browsers any more.
  const role = (name: string) => (isStacking ? name : undefined)
  const headClass = ({ isNumber, isWideOnly }: Column<T>) =>
    `px-4 py-3 font-semibold ${isNumber ? 'text-right' : 'text-left'} ${isWideOnly ? look.wideOnly : ''}`
  const cellClass = ({ isNumber, isWideOnly, isBare }: Column<T>) =>
    `align-middle ${look.cell} ${isNumber ? look.number : 'text-left'} ${isWideOnly ? look.wideOnly : ''} ${isBare ? look.bare : look.named}`
  return (
    <div className="card overflow-x-auto" role="region" aria-label={caption} tabIndex={0}>
      <table role={role('table')} className={`w-full border-collapse text-[0.9375rem] ${look.block}`}>
        <caption className="sr-only">{caption}</caption>
        <thead role={role('rowgroup')} className={`border-b border-line text-[0.8125rem] text-muted ${look.head}`}>
          <tr role={role('row')}>
            {columns.map((column) => (
              <th key={column.header} role={role('columnheader')} scope="col" className={headClass(column)}>
                {column.header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role={role('rowgroup')} className={`divide-y divide-line ${look.block}`}>
          {rows.map((row) => (
            <tr key={keyOf(row)} role={role('row')} className={`hover:bg-sunken/60 ${look.row}`}>
              {columns.map((column) => (
                <td key={column.header} role={role('cell')} className={cellClass(column)}>
                  {isStacking && !column.isBare ? <Named header={column.header}>{column.cell(row)}</Named> : column.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const plain = {
  number: 'tabular text-right',
  block: '',
  head: '',
  row: '',
  cell: 'px-4 py-3',
  bare: '',
  named: '',
  wideOnly: 'hidden md:table-cell',
}

const stacking = {
  number: 'tabular text-left md:text-right',
  block: 'max-md:block',
  head: 'max-md:sr-only',
  row: 'max-md:block max-md:px-4 max-md:py-3',
  cell: 'md:px-4 md:py-3 max-md:empty:hidden',
  bare: 'max-md:block',
  named: 'max-md:grid max-md:min-h-9 max-md:py-1 max-md:grid-cols-[6rem_1fr] max-md:items-center',
  wideOnly: 'max-md:hidden',
}

/** The head of the table is out of sight on phones, not out of hearing. */
function Named({ header, children }: { header: string; children: ReactNode }) {
  return (
    <>
      <span aria-hidden className="text-sm text-muted md:hidden">
        {header}
      </span>
      <div className="min-w-0 wrap-anywhere md:wrap-normal">{children}</div>
    </>
  )
}
