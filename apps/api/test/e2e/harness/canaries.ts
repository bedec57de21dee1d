/** Something that must never be written down, with every way to write it that a search has to know. */
export type Canary = { name: string; forms: string[] }

const keyText = /^[A-Za-z0-9+/]{43}=$/

export function canary(name: string, secret: string): Canary {
  if (secret.length < 8) throw new Error(`the canary ${name} is too short to search for`)
  const bytes = Buffer.from(secret)
  const decoded = keyText.test(secret) ? Buffer.from(secret, 'base64') : bytes
  const forms = [
    secret,
    ...[bytes, decoded].flatMap((each) => [each.toString('hex'), each.toString('base64').replace(/=+$/, ''), each.toString('base64url')]),
  ]
  return { name, forms: [...new Set(forms)] }
}

/** An OpenSSH private key by the lines of its body; the first is the same in every such file. */
export function keyFileCanary(name: string, text: string): Canary {
  const body = text.split('\n').filter((line) => line.length > 20 && !line.startsWith('-----'))
  return { name, forms: body.slice(1) }
}

/** Names of the canaries that a text holds. Names only: a failed test must not print what it found. */
export function found(text: string, canaries: Canary[]): string[] {
  return canaries.filter(({ forms }) => forms.some((form) => text.includes(form))).map(({ name }) => name)
}
