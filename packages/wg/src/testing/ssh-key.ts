import ssh2 from 'ssh2'

export type SshKeyPair = { private: string; public: string }

/**
 * Make an ed25519 key pair in OpenSSH's form.
 * ssh2 writes one of about 300 in a way that neither it nor anybody else can read again; such a one is made anew.
 * @example const { private: privateKey, public: line } = generateSshKeyPair()
 */
export function generateSshKeyPair(comment = 'cvault'): SshKeyPair {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', { comment })
    if (!(ssh2.utils.parseKey(pair.private) instanceof Error) && !(ssh2.utils.parseKey(pair.public) instanceof Error)) return pair
  }
}
