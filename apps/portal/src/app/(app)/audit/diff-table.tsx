import { type FieldDiff, jsonDiff } from './json-diff.ts'

interface DiffTableProps {
  /** Of which entry, for those who hear it. */
  caption: string
  before: unknown
  after: unknown
}

/** What an entry says of before and after, field by field; what stayed as it was comes last, and quietly. */
export function DiffTable({ caption, before, after }: DiffTableProps) {
  const fields = jsonDiff(before, after)
  if (fields.length === 0) return <p className="text-sm text-muted">The entry says nothing more.</p>
  const sides = [
    { label: 'Before', isThere: before !== null && before !== undefined, of: (field: FieldDiff) => field.before },
    { label: 'After', isThere: after !== null && after !== undefined, of: (field: FieldDiff) => field.after },
  ].filter(({ isThere }) => isThere)
  const isCompared = sides.length === 2
  return (
    <div className="overflow-x-auto rounded-lg border border-line" role="region" aria-label={caption} tabIndex={0}>
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">{caption}</caption>
        <thead className="border-b border-line text-[0.8125rem] text-muted">
          <tr>
            {['Field', ...sides.map(({ label }) => label)].map((header) => (
              <th key={header} scope="col" className="px-3 py-2 text-left font-semibold">
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {fields
            .toSorted((one, other) => Number(other.isChanged) - Number(one.isChanged))
            .map((field) => (
              <tr key={field.field} className={isCompared && !field.isChanged ? 'text-muted' : ''}>
                <th scope="row" className="px-3 py-2 text-left align-top font-mono text-[0.8125rem] font-normal whitespace-nowrap">
                  {field.field}
                </th>
                {sides.map(({ label, of }) => (
                  <td
                    key={label}
                    className={`min-w-32 px-3 py-2 align-top wrap-anywhere ${isCompared && field.isChanged ? 'font-semibold' : ''}`}
                  >
                    {of(field) ?? <span className="font-normal text-muted">not there</span>}
                  </td>
                ))}
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  )
}
