import { CVaultError } from './errors.ts'

const placeholder = /^PrivateKey = <your private key>(\r?)$/
/** A hundred times what the platform writes: more would only keep whoever reads it busy. */
const mostCharacters = 64_000
/** Some programs end a line, and with it a comment, where others do not: vertical tabs, U+0085, U+2028 and their like. */
const comment = /^#[^\p{Cc}\p{Zl}\p{Zp}]*$/u
const allowed: Record<string, RegExp> = {
  '[Interface]': /^(PrivateKey|Address|DNS|MTU) = [\x21-\x7e][\x20-\x7e]*$/,
  '[Peer]': /^(PublicKey|PresharedKey|AllowedIPs|Endpoint|PersistentKeepalive) = [\x21-\x7e][\x20-\x7e]*$/,
}

/**
 * Put the private key that was made here into a configuration, and check the configuration: `wg-quick` runs whatever stands behind
 * `PostUp` and its like as root, so a configuration that holds more than addresses and keys is refused, whoever sent it.
 */
export function completeConfig(config: string, privateKey: string | undefined): string {
  checkConfig(config)
  if (privateKey === undefined) return config
  const lines = config.split('\n')
  return lines.map((line) => line.replace(placeholder, (_line, end: string) => `PrivateKey = ${privateKey}${end}`)).join('\n')
}

function checkConfig(config: unknown): void {
  let section: RegExp | undefined
  let privateKeys = 0
  if (typeof config !== 'string') throw refusal('is no text')
  if (config.length > mostCharacters) throw refusal('is too long')
  for (const line of config.split(/\r?\n/)) {
    if (line === '' || comment.test(line)) continue
    if (Object.hasOwn(allowed, line)) section = allowed[line]
    else if (!section?.test(line))
      throw refusal(`holds a line that does not belong there (${line.slice(0, line.search(/[^A-Za-z]|$/)).slice(0, 30)})`)
    // Of two, WireGuard would take the last, and a caller's check might read the first.
    if (line.startsWith('PrivateKey') && ++privateKeys > 1) throw refusal('holds two private keys')
  }
}

function refusal(why: string): CVaultError {
  return new CVaultError('INVALID_RESPONSE', `The API sent a WireGuard configuration that ${why}. It was not used.`)
}
