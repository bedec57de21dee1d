import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'

// The only module that opens a cipher. Layout: version (1) | IV (12) | tag (16) | ciphertext.
const version = 1
const ivLength = 12
const tagLength = 16

/** AES-256-GCM with a random IV. `place` is authenticated: the text opens nowhere else. */
export function seal(key: Buffer, place: string[], plaintext: Buffer): Buffer<ArrayBuffer> {
  const iv = randomBytes(ivLength)
  const cipher = createCipheriv('aes-256-gcm', key, iv, { authTagLength: tagLength })
  cipher.setAAD(encodePlace(place))
  const body = Buffer.concat([cipher.update(plaintext), cipher.final()])
  return Buffer.concat([Buffer.of(version), iv, cipher.getAuthTag(), body])
}

/** The plaintext, or an error that says nothing about it; never a part of it. */
export function open(key: Buffer, place: string[], sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed)
  if (bytes[0] !== version || bytes.length < 1 + ivLength + tagLength) throw new Error('Not a sealed value of a known version')
  const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(1, 1 + ivLength), { authTagLength: tagLength })
  decipher.setAAD(encodePlace(place))
  decipher.setAuthTag(bytes.subarray(1 + ivLength, 1 + ivLength + tagLength))
  const start = decipher.update(bytes.subarray(1 + ivLength + tagLength))
  return Buffer.concat([start, decipher.final()]) // final() verifies; nothing is handed out before
}

// Length-prefixed, so that no two places encode alike.
const encodePlace = (place: string[]): Buffer => Buffer.from(place.map((part) => `${Buffer.byteLength(part)}:${part}`).join('|'))
