/**
 * `cvault-<slug>.conf`: wg-quick names the interface after the file, so 15 characters of [a-z0-9-] before the suffix at most.
 * A name that leaves nothing to write gets the end of the device's id.
 */
export function configFileName({ id, deviceName }: { id: string; deviceName: string }): string {
  const slug = deviceName
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}+/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 8)
    .replace(/-+$/, '')
  return `cvault-${slug === '' ? id.slice(-8) : slug}.conf`
}
