'use client'

import { useMemo } from 'react'
import { encode } from 'uqr'

/** A QR code as one SVG path, dark on white in every theme: scanners want it so. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const { size, path } = useMemo(() => {
    const { data, size: modules } = encode(text, { ecc: 'L', border: 3 })
    const rows = data.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : '')))
    return { size: modules, path: rows.join('') }
  }, [text])
  return (
    <svg role="img" aria-label={label} viewBox={`0 0 ${size} ${size}`} shapeRendering="crispEdges" className="w-full rounded-lg bg-white">
      <path d={path} fill="#000" />
    </svg>
  )
}
