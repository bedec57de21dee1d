'use client'

import { Button } from '@cvault/ui/button'
import { buttonClass } from '@cvault/ui/button-class'
import { SelectField } from '@cvault/ui/select-field'
import { TextField } from '@cvault/ui/text-field'
import { Link } from './link.tsx'
import { useRouter } from 'next/navigation'
import { type ComponentProps, type FormEvent, type ReactNode, useEffect, useRef, useTransition } from 'react'
import { hrefWith, isFiltered } from '../lib/read-query.ts'

interface FilterFormProps {
  /** Where the list is; the filters go into its URL. */
  path: string
  /** What is looked through, e.g. "Find users". */
  label: string
  query: Record<string, string | undefined>
  /** Filters without a field of their own, e.g. of whom the list is: they stay when others change. */
  kept?: Record<string, string | undefined>
  /** Fields that are needed less; open from the start when one of them is set. */
  more?: ReactNode
  isMoreOpen?: boolean
  children: ReactNode
}

/** The filters of a list: a GET form, so that a filtered list is a link, works without script, and Enter sends it. */
export function FilterForm({ path, label, query, kept = {}, more, isMoreOpen = false, children }: FilterFormProps) {
  const router = useRouter()
  const [isPending, startTransition] = useTransition()
  const form = useRef<HTMLFormElement>(null)
  const shown = hrefWith(path, query)
  const lastShown = useRef(shown)
  // What was typed gives way to what the URL says when that changes, e.g. after going back. Not a new form: the focus stays in it.
  useEffect(() => {
    if (lastShown.current !== shown) form.current?.reset()
    lastShown.current = shown
  }, [shown])

  const search = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault()
    const fields = [...new FormData(event.currentTarget)].map(
      ([name, value]) => [name, typeof value === 'string' ? value.trim() : ''] as const,
    )
    startTransition(() => router.push(hrefWith(path, Object.fromEntries(fields))))
  }
  return (
    <form ref={form} action={path} role="search" aria-label={label} onSubmit={search} className="flex flex-wrap items-end gap-3">
      {Object.entries(kept).map(([name, value]) => value !== undefined && <input key={name} type="hidden" name={name} value={value} />)}
      {children}
      <div className="flex gap-2">
        <Button type="submit" busy={isPending}>
          Search
        </Button>
        {isFiltered(query) && (
          // It is about to go: the focus does not go with it.
          <Link className={buttonClass('quiet')} href={path} onClick={() => form.current?.querySelector('button')?.focus()}>
            Clear
          </Link>
        )}
      </div>
      {more !== undefined && (
        <details className="basis-full" open={isMoreOpen}>
          <summary className="inline-flex min-h-11 items-center rounded-lg px-1 text-sm font-semibold text-accent hover:text-accent-strong">
            More filters
          </summary>
          <div className="flex flex-wrap items-end gap-3 pt-2">{more}</div>
        </details>
      )}
    </form>
  )
}

/** A choice among few. Its key follows the URL, since a select does not take a new default. */
export function SelectFilter({ defaultValue, ...rest }: ComponentProps<typeof SelectField> & { name: string }) {
  return (
    <div className="min-w-36 flex-1 sm:w-44 sm:flex-none">
      <SelectField key={String(defaultValue)} defaultValue={defaultValue} {...rest} />
    </div>
  )
}

/** A day, counted as the servers do. */
export function DayFilter({ label, name, day }: { label: string; name: string; day: string | undefined }) {
  return (
    <div className="min-w-44 flex-1 sm:w-44 sm:flex-none">
      <TextField type="date" name={name} label={label} defaultValue={day ?? ''} />
    </div>
  )
}
