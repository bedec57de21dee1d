import { CVaultError } from './errors.ts'

const placeholder = '<your private key>'
const allowed: Record<string, RegExp> = {
  '[Interface]': /^(PrivateKey|Address|DNS|MTU) = \S/,
  '[Peer]': /^(PublicKey|PresharedKey|AllowedIPs|Endpoint|PersistentKeepalive) = \S/,
}

/**
 * Put the private key that was made here into a configuration, and check the configuration: `wg-quick` runs whatever stands behind
 * `PostUp` and its like as root, so a configuration that holds more than addresses and keys is refused, whoever sent it.
 */
export function completeConfig(config: string, privateKey: string | undefined): string {
  checkConfig(config)
  return privateKey === undefined ? config : config.replace(`PrivateKey = ${placeholder}`, () => `PrivateKey = ${privateKey}`)
}

/** Whether the private key is known to another machine only. */
export function lacksPrivateKey(config: string): boolean {
  return config.includes(`PrivateKey = ${placeholder}`)
}

function checkConfig(config: unknown): void {
  let section: RegExp | undefined
  if (typeof config !== 'string') throw refusal('is no text')
  for (const line of config.split(/\r\n|\r|\n/)) {
    if (line === '' || line.startsWith('#')) continue
    if (Object.hasOwn(allowed, line)) section = allowed[line]
    else if (!section?.test(line))
      throw refusal(`holds a line that does not belong there (${line.slice(0, line.search(/[^A-Za-z]|$/)).slice(0, 30)})`)
  }
}

function refusal(why: string): CVaultError {
  return new CVaultError('INVALID_RESPONSE', `The API sent a WireGuard configuration that ${why}. It was not used.`)
}
