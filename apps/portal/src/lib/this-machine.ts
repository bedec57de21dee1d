/** Whether this address leads to the machine that asks, and to no other. */
export function isThisMachine(url: string): boolean {
  const name = URL.parse(url)?.hostname
  return name !== undefined && /^(localhost|127(\.\d+){3}|\[::1\])$/.test(name)
}
