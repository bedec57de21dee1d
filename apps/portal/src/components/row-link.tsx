import type { ComponentProps } from 'react'
import { Link } from './link.tsx'

/** A link in a row of a table: what can be pressed is as high as the row, not as its letters. */
export function RowLink(props: ComponentProps<typeof Link>) {
  return <Link className="text-link -my-2.5 inline-block py-2.5 wrap-anywhere lg:wrap-break-word" {...props} />
}
