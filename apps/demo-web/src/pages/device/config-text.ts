// Blanks only: over line ends, a page of empty lines would keep the browser busy for seconds.
const privateKeyLine = /^([ \t]*PrivateKey[ \t]*=[ \t]*)(\S.*)$/m
const secretLines = /^([ \t]*(?:PrivateKey|PresharedKey)[ \t]*=[ \t]*)(\S.*)$/gm

/** The SDK puts this where the key is known to another machine only. */
const placeholder = '<your private key>'

export function lacksPrivateKey(config: string): boolean {
  return privateKeyLine.exec(config)?.[2]?.trim() === placeholder
}

/** The configuration with dots in place of its secrets, for a screen that others may see. */
export function hidePrivateKey(config: string): string {
  return config.replace(secretLines, (line, name: string, key: string) => (key.trim() === placeholder ? line : name + '•'.repeat(24)))
}
