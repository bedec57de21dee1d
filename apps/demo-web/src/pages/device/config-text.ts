const privateKeyLine = /^(\s*PrivateKey\s*=\s*)(\S.*)$/m

/** The SDK puts this where the key is known to another machine only. */
const placeholder = '<your private key>'

export function lacksPrivateKey(config: string): boolean {
  return privateKeyLine.exec(config)?.[2]?.trim() === placeholder
}

/** The configuration with dots in place of the private key, for a screen that others may see. */
export function hidePrivateKey(config: string): string {
  return config.replace(privateKeyLine, (line, name: string, key: string) => (key.trim() === placeholder ? line : name + '•'.repeat(24)))
}
