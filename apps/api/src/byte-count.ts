/**
 * Bytes as the contract has them, a JSON integer. A server that lies can claim more than one holds, and what its tenants read must
 * answer all the same.
 */
export const toByteCount = (bytes: string | number): number => Math.min(Number(bytes), Number.MAX_SAFE_INTEGER)
