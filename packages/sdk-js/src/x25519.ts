/**
 * X25519 (RFC 7748) for platforms whose WebCrypto lacks it. Used only to derive the public half of a fresh key, once:
 * BigInt does not run in constant time, which matters where an attacker can time many operations on one key.
 */
const prime = 2n ** 255n - 19n
const a24 = 121_665n

/** The public key of a clamped private key, both 32 bytes. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const scalar = littleEndian(privateKey)
  const base = 9n
  let [x2, z2, x3, z3] = [1n, 0n, base, 1n]
  let swapped = 0n
  for (let bit = 254n; bit >= 0n; bit--) {
    const set = (scalar >> bit) & 1n
    if (set !== swapped) [x2, x3, z2, z3] = [x3, x2, z3, z2]
    swapped = set
    const [a, b] = [mod(x2 + z2), mod(x2 - z2)]
    const [aa, bb] = [mod(a * a), mod(b * b)]
    const e = mod(aa - bb)
    const [da, cb] = [mod(mod(x3 - z3) * a), mod(mod(x3 + z3) * b)]
    x3 = mod((da + cb) ** 2n)
    z3 = mod(base * (da - cb) ** 2n)
    x2 = mod(aa * bb)
    z2 = mod(e * (aa + a24 * e))
  }
  if (swapped === 1n) [x2, z2] = [x3, z3]
  return bytesOf(mod(x2 * inverse(z2)))
}

function mod(value: bigint): bigint {
  const rest = value % prime
  return rest < 0n ? rest + prime : rest
}

// Fermat: z^(p-2) is 1/z.
function inverse(value: bigint): bigint {
  let result = 1n
  let power = value
  for (let exponent = prime - 2n; exponent > 0n; exponent >>= 1n) {
    if (exponent & 1n) result = mod(result * power)
    power = mod(power * power)
  }
  return result
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n)
}

function bytesOf(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, index) => Number((value >> BigInt(8 * index)) & 255n))
}
