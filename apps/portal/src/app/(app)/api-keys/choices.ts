export interface Choice {
  /** As a form sends it. */
  value: string
  label: string
}

const dayMs = 86_400_000
const lives = [7, 30, 90, 180, 365]

/** How long a new key may live; the first is what happens when nobody chooses, and leaves the moment to the API. */
export function lifeChoices(maxDays: number | null): Choice[] {
  const first = maxDays === null ? 'No end' : `${daysOf(maxDays)}, the longest your policy allows`
  const shorter = lives.filter((days) => maxDays === null || days < maxDays)
  return [{ value: '', label: first }, ...shorter.map((days) => ({ value: String(days), label: daysOf(days) }))]
}

/** How long the key in place of an old one may live; the first is what happens when nobody chooses. */
export function replacementChoices(maxDays: number | null, expiresAt: string | null): Choice[] {
  const [first, ...others] = lifeChoices(maxDays)
  if (expiresAt === null || first === undefined) return lifeChoices(maxDays)
  return [{ value: '', label: 'As long as the old one would have' }, { ...first, value: longest }, ...others]
}

/** As late as may be. */
export const longest = 'longest'

/** When the new key ends; null: never. `life` is the value of a choice of `replacementChoices`. */
export function newKeyEnd(now: number, life: string, maxDays: number | null, expiresAt: string | null): Date | null {
  const kept = expiresAt === null ? Infinity : Date.parse(expiresAt)
  const wanted = life === '' ? kept : life === longest ? Infinity : now + Number(life) * dayMs
  const end = Math.min(wanted, maxDays === null ? Infinity : now + maxDays * dayMs)
  return end === Infinity ? null : new Date(end)
}

/** How long the old key works on beside the new one, in seconds. */
export const overlapChoices: Choice[] = [
  { value: '86400', label: 'One day' },
  { value: '604800', label: '7 days' },
  { value: '2592000', label: '30 days' },
  { value: '3600', label: 'One hour' },
  { value: '0', label: 'Not at all: it leaked' },
]

/** When the old key ends: after the overlap, and never later than it would have. */
export function oldKeyEnd(now: number, overlapSeconds: number, expiresAt: string | null): Date {
  const end = now + overlapSeconds * 1_000
  return new Date(expiresAt === null ? end : Math.min(end, Date.parse(expiresAt)))
}

const daysOf = (days: number): string => (days === 1 ? 'One day' : `${days} days`)
