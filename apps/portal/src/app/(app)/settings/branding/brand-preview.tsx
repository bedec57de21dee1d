'use client'

import type { TenantSettings } from '@cvault/schema/settings'
import { buttonClass } from '@cvault/ui/button-class'
import { useEffect, useRef } from 'react'
import { BrandMark } from '../../../../components/brand-mark.tsx'
import { brandOf } from '../../../../lib/brand.ts'
import { ourTokens } from '../../../../lib/our-tokens.ts'

// Their backgrounds by value: the page's own tokens are those of the scheme the page is in.
const schemes = ['bg-[#f4f6f4] text-[#14211e] [color-scheme:light]', 'bg-[#0c1211] text-[#e6eeeb] [color-scheme:dark]']

/** The portal in small, in light and in dark, made of the same tokens as the portal itself. */
export function BrandPreview({ whiteLabel }: { whiteLabel: TenantSettings['whiteLabel'] }) {
  const box = useRef<HTMLDivElement>(null)
  const { name, logoUrl, tokens: theirs } = brandOf(whiteLabel)
  const tokens = { ...ourTokens, ...theirs }
  const css = JSON.stringify(tokens)
  // By script, since the page's policy lets no style attribute in.
  useEffect(() => {
    const style = box.current?.style
    if (!style) return
    for (const [token, value] of Object.entries(tokens)) style.setProperty(token, value)
    return () => Object.keys(tokens).forEach((token) => style.removeProperty(token))
  }, [css])
  return (
    <figure>
      <figcaption className="mb-2 text-sm font-semibold">Preview</figcaption>
      <div ref={box} aria-hidden className="grid gap-3">
        {schemes.map((scheme) => (
          <div key={scheme} className={`flex overflow-hidden rounded-xl border border-line ${scheme}`}>
            <div className="w-32 shrink-0 bg-rail p-3 text-rail-ink">
              <p className="flex flex-wrap items-center gap-2 text-sm font-bold text-white">
                <BrandMark name={name} logoUrl={logoUrl} />
              </p>
              <p className="mt-3 rounded-md bg-rail-active px-2 py-1 text-xs text-white">Dashboard</p>
              <p className="px-2 py-1 text-xs">Users</p>
            </div>
            <div className="grid flex-1 content-center justify-items-start gap-2 p-4 text-sm">
              <span className={buttonClass('primary')}>Button</span>
              <span className="text-link">A link</span>
              <span className="rounded-full bg-accent-soft px-2.5 py-0.5 text-xs font-semibold text-accent-strong">Label</span>
            </div>
          </div>
        ))}
      </div>
    </figure>
  )
}
