import { contrastOf, isHexColor, isReadableColor } from '@cvault/schema/colors'

export interface Verdict {
  isFine: boolean
  text: string
}

/** What a colour is good for, before it is sent: the API refuses one that white text cannot be read on. */
export function verdictOf(color: string | null): Verdict | null {
  if (color === null) return null
  if (!isHexColor(color)) return { isFine: false, text: 'Written like #1d4ed8: a hash and six digits or letters from a to f.' }
  // Cut and not rounded: 4.49 is not yet 4.5.
  const contrast = `${(Math.floor(contrastOf(color, '#ffffff') * 10) / 10).toFixed(1)} : 1 with white`
  return isReadableColor(color)
    ? { isFine: true, text: `Contrast ${contrast}: can be read.` }
    : { isFine: false, text: `Contrast ${contrast}: too light. It takes 4.5 : 1, so choose a darker one.` }
}
