interface DeviceEffects {
  disable: string
  enable: string
  remove: string
}

/** What becomes of a user's devices, in words; null: they have none. */
export function deviceEffects(count: number): DeviceEffects | null {
  if (count === 0) return null
  if (count === 1)
    return {
      disable: 'Their device leaves its server within seconds and its connection ends.',
      enable: 'Their device is put back on its server with the same key and address.',
      remove: 'Their device is removed: it leaves its server, and a key the server kept is destroyed.',
    }
  const devices = `Their ${count} devices`
  return {
    disable: `${devices} leave the servers within seconds and their connections end.`,
    enable: `${devices} are put back on the servers with the same keys and addresses.`,
    remove: `${devices} are removed: they leave the servers, and keys the server kept are destroyed.`,
  }
}
