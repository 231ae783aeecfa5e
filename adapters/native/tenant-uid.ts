import { createHash } from 'node:crypto'

/** Where the users of tenants lie: `base` to `base + count - 1`. A tenant has the same one on every start. */
export interface UidRange {
  readonly base: number
  readonly count: number
}

/** Far above people's and services' accounts, below 2^31, and so wide that 1,000 tenants share a user with a chance of 1 in 500. */
export const defaultUidRange: UidRange = { base: 1_000_000_000, count: 2 ** 28 }

/** The user, and the group of the same number, that a tenant's tasks run as when the runner is root. Never 0. */
export const tenantUid = (tenant: string, { base, count }: UidRange = defaultUidRange): number => {
  if (!Number.isSafeInteger(base) || !Number.isSafeInteger(count) || base < 1 || count < 1 || base + count > 2 ** 32 - 2)
    throw new RangeError(`the range of user ids ${base} + ${count} must lie between 1 and 4294967293`)
  return base + (createHash('sha256').update(tenant).digest().readUInt32BE(0) % count)
}
